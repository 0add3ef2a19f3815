import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { asWatchError } from '../../src/domain/errors.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { openSqlite, type Database } from '../../src/store/database.ts';
import { createWorkQueue } from '../../src/store/jobs.ts';
import { takeLease } from '../../src/store/leases.ts';
import { migrate } from '../../src/store/migrate.ts';
import { scratchDirectory } from '../support/databases.ts';
import { firstLine, killed, storeProcess } from './processes.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A database that another process keeps everybody from writing to. */
async function locked(graceMs?: number): Promise<{ database: Database; letGo: () => Promise<void> }> {
  const { path, remove } = scratchDirectory();
  const file = join(path, 'watch.sqlite');
  const database = openSqlite(file, graceMs);
  cleanups.push(remove, database.close);
  await migrate(database);
  const other = storeProcess('lock', file);
  cleanups.push(() => other.kill('SIGKILL'));
  expect(await firstLine(other)).toBe('locked');
  return { database, letGo: () => killed(other) };
}

/** A transaction, and a statement by itself. */
const WRITES: [string, (database: Database) => Promise<unknown>][] = [
  ['a transaction', (database) => createWorkQueue(database).enqueue({ kind: 'verify', key: '1', input: {} }, 0)],
  ['a statement', (database) => takeLease(database, 'watch', { clock: systemClock }).then((lease) => lease?.release())],
];

describe.each(WRITES)('%s that another process keeps from writing', (_name, write) => {
  it('waits for its turn, and leaves the process to timers and signals meanwhile', async () => {
    const { database, letGo } = await locked();
    let [ticks, written] = [0, false];
    const ticking = setInterval(() => (ticks += 1), 10);
    cleanups.push(() => clearInterval(ticking));
    const writing = write(database).then(() => (written = true));
    await expect.poll(() => ticks, { timeout: 5000 }).toBeGreaterThan(20);
    expect(written).toBe(false);
    await letGo();
    await writing;
  });

  it('fails once it has waited long enough, as trouble of storage, and does well the next time', async () => {
    const { database, letGo } = await locked(200);
    const failure: unknown = await write(database).catch((error: unknown) => error);
    expect(asWatchError(failure)).toMatchObject({ kind: 'storage', code: 'storage-locked' });
    await letGo();
    await write(database);
  });
});
