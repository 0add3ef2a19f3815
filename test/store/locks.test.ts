import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import type { CommitId } from '../../src/domain/ids.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { type Database, openSqlite } from '../../src/store/database.ts';
import { createCommitLock, createLeases } from '../../src/store/leases.ts';
import { migrate } from '../../src/store/migrate.ts';
import { scratchDirectory, sharedDatabases } from '../support/databases.ts';
import { firstLine, killed, storeProcess } from './processes.ts';

const commit = 'd1'.repeat(20) as CommitId;
const never = new AbortController().signal;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function migratedFile(): Promise<{ database: Database; file: string }> {
  const { path, remove } = scratchDirectory();
  const file = join(path, 'watch.sqlite');
  const database = openSqlite(file);
  cleanups.push(remove, database.close);
  await migrate(database);
  return { database, file };
}

describe.each(sharedDatabases)('a lock between processes on $kind', ({ empty }) => {
  it('is kept from us while another process lives, and is ours soon after it was killed', async () => {
    const { address, database } = await empty();
    cleanups.push(database.close);
    await migrate(database);
    const other = storeProcess('hold', address, commit, '1500');
    cleanups.push(() => other.kill('SIGKILL'));
    expect(await firstLine(other)).toBe('held');
    const lock = createCommitLock(database, { clock: systemClock, pollMs: 20 });
    // Longer than the lease: only its renewal keeps the lock where it is.
    expect(await lock.acquire(commit, AbortSignal.timeout(2500))).toBeUndefined();
    await killed(other);
    const turn = await lock.acquire(commit, AbortSignal.timeout(10_000));
    expect(turn).toMatchObject({ release: expect.any(Function) as unknown });
    await turn?.release();
    expect(await database.db.selectFrom('locks').selectAll().execute()).toEqual([]);
  });
});

describe('a lease', () => {
  it('that was lost to another holder is told, and its release takes nothing away', async () => {
    const { database } = await migratedFile();
    const troubles: unknown[] = [];
    const lock = createCommitLock(database, {
      clock: systemClock,
      leaseMs: 100,
      onFailure: (trouble) => troubles.push(trouble),
    });
    const turn = await lock.acquire(commit, never);
    await sql`update locks set holder = 'somebody else'`.execute(database.db);
    await expect.poll(() => troubles.length, { timeout: 5000 }).toBeGreaterThan(0);
    expect(String(troubles[0])).toContain('was lost');
    await turn?.release();
    expect(await database.db.selectFrom('locks').select('holder').execute()).toEqual([{ holder: 'somebody else' }]);
  });

  it('ends by the clock of the database and not by that of the process', async () => {
    const { database } = await migratedFile();
    await sql`insert into locks values (${`build ${commit}`}, 'gone', cast(unixepoch('subsec') * 1000 as integer) + 150)`.execute(
      database.db,
    );
    const lock = createCommitLock(database, { clock: { sleep: () => wait(10) }, leaseMs: 60_000 });
    const began = performance.now();
    const turn = await lock.acquire(commit, AbortSignal.timeout(5000));
    expect(turn).toMatchObject({ release: expect.any(Function) as unknown });
    expect(performance.now() - began).toBeGreaterThan(100);
    const [row] = await database.db.selectFrom('locks').select('expires_at_ms').execute();
    expect(Math.abs((row?.expires_at_ms ?? 0) - Date.now() - 60_000)).toBeLessThan(10_000);
    await database.db.deleteFrom('locks').execute();
  });
});

describe('a holder that stood still for longer than its lease', () => {
  it('knows it as soon as it goes on, and takes nothing from whoever has it now', async () => {
    const { database, file } = await migratedFile();
    const other = storeProcess('hold', file, commit, '600');
    cleanups.push(() => other.kill('SIGKILL'));
    expect(await firstLine(other)).toBe('held');
    other.kill('SIGSTOP');
    const lock = createCommitLock(database, { clock: systemClock, pollMs: 20 });
    const turn = await lock.acquire(commit, AbortSignal.timeout(10_000));
    expect(turn).toMatchObject({ release: expect.any(Function) as unknown });
    const told = firstLine(other);
    other.kill('SIGCONT');
    expect(await told).toBe('lost');
    expect(turn?.lost?.aborted).toBe(false);
    await turn?.release();
  });

  it('gives up by time where the database hangs, though each renewal still waits', async () => {
    const { database, file } = await migratedFile();
    const lock = createCommitLock(database, { clock: systemClock, leaseMs: 500 });
    const turn = await lock.acquire(commit, never);
    const hanging = storeProcess('lock', file);
    cleanups.push(() => hanging.kill('SIGKILL'));
    expect(await firstLine(hanging)).toBe('locked');
    const began = performance.now();
    await expect.poll(() => turn?.lost?.aborted, { timeout: 5000, interval: 20 }).toBe(true);
    // A statement waits ten seconds for whoever keeps the database; neither the loss nor the release does.
    await turn?.release();
    expect(performance.now() - began).toBeLessThan(4000);
    await killed(hanging);
  });
});

describe('a lease that nobody waits for', () => {
  it('is held by one at a time, and free again after its release', async () => {
    const { database } = await migratedFile();
    const leases = createLeases(database, { clock: systemClock });
    expect(await leases.isHeld('watch')).toBe(false);
    const held = await leases.take('watch');
    expect(held?.lost.aborted).toBe(false);
    expect(await leases.isHeld('watch')).toBe(true);
    expect(await leases.take('watch')).toBeNull();
    const other = await leases.take('builder here');
    expect(other).not.toBeNull();
    await held?.release();
    expect(await leases.isHeld('watch')).toBe(false);
    const again = await leases.take('watch');
    expect(again).not.toBeNull();
    await again?.release();
    await other?.release();
  });

  it('says that it was lost when somebody else has it, and when it can not be renewed', async () => {
    const { database } = await migratedFile();
    const leases = createLeases(database, { clock: systemClock, leaseMs: 80 });
    const stolen = await leases.take('watch');
    await sql`update locks set holder = 'somebody else'`.execute(database.db);
    await expect.poll(() => stolen?.lost.aborted, { timeout: 5000 }).toBe(true);
    await stolen?.release();
    expect(await database.db.selectFrom('locks').select('holder').execute()).toEqual([{ holder: 'somebody else' }]);
    const cut = await leases.take('builder here');
    await sql`alter table locks rename to elsewhere`.execute(database.db);
    await expect.poll(() => cut?.lost.aborted, { timeout: 5000 }).toBe(true);
    await sql`alter table elsewhere rename to locks`.execute(database.db);
    await cut?.release();
  });
});
