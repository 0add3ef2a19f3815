import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { openSqlite } from '../../src/store/database.ts';
import { scratchDirectory } from '../support/databases.ts';
import { Chat, type Shown } from './chat.ts';
import { check } from './checker.ts';
import { ELECTIONS, END, FULL, PACES, type Told } from './full-disk.ts';
import { BEGIN, electionAt, HOUR, hourOf, Timeline } from './timeline.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** What was told of it, by its first word. */
function storageFailures({ shown }: Chat): readonly (readonly [string, Shown])[] {
  return shown
    .filter(({ key }) => key.startsWith('trouble storage'))
    .map((each) => [each.sentence.split(/[ :,]/)[0] ?? '', each]);
}

/** Runs the story on a disk of 64 MB that nobody else sees; fails where none can be mounted. */
async function onSmallDisk(kept: string, disk: string): Promise<Told> {
  const whose = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const script = 'mount -t tmpfs -o size=64m,mode=700 tmpfs "$1" && TMPDIR=$1 exec "$2" "$3" "$4"';
  const argv = ['sh', '-c', script, 'sh', disk, process.execPath, join(import.meta.dirname, 'full-disk.ts'), kept];
  const { stdout } = await promisify(execFile)('unshare', [...whose, '--mount', '--', ...argv], {
    maxBuffer: 64e6,
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  return JSON.parse(stdout) as Told;
}

describe('a disk of 64 MB that is full', () => {
  it('keeps nothing from being told in the end, says so itself, and makes no verdict wrong', async () => {
    const { path, remove } = scratchDirectory();
    cleanups.push(remove);
    const [kept, disk] = [join(path, 'kept'), join(path, 'disk')];
    mkdirSync(disk);
    const { bytes, said, failures, verdictsWhileFull } = await onSmallDisk(kept, disk);
    expect(bytes, 'the disk').toBe(64 * 1024 * 1024);
    const log = said.join('\n');
    expect(log).toContain('database or disk is full');
    expect(log).toContain('ENOSPC');
    expect(log).not.toContain('"kind":"bug"');
    expect(verdictsWhileFull).toBe(0);
    expect([...new Set(failures.flat())]).toEqual(['storage-full']);
    expect(failures[2]?.length, 'starts that failed after a stop').toBeGreaterThan(0);

    const now = (): number => (BEGIN + END * HOUR) * 1000;
    const kinds = { bot: 'bot', hook: 'webhook' } as const;
    const chats = (['bot', 'hook'] as const).map(
      (id) => new Chat({ id, kind: kinds[id], now, file: join(kept, `chat-${id}`) }),
    );
    for (const chat of chats) {
      const troubles = storageFailures(chat);
      expect(troubles.map(([word]) => word)).toEqual(FULL.flatMap(() => ['Trouble', 'Over']));
      const hours = troubles.map(([, shown]) => hourOf(shown));
      for (const [index, since] of FULL.flatMap(({ from, to }) => [from, to]).entries()) {
        expect(hours[index]).toBeGreaterThanOrEqual(since);
        expect(hours[index]).toBeLessThan(since + 0.3);
      }
    }
    const database = openSqlite(join(kept, 'watch.sqlite'));
    cleanups.push(() => database.close());
    await check({ database, elections: ELECTIONS, chats, directory: kept, kills: 1 });
    const integrity = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(database.db);
    expect(integrity.rows).toEqual([{ integrity_check: 'ok' }]);
  });
});

describe('a database that is full', () => {
  it('says so, and tells everything once there is room again', async () => {
    const said: string[] = [];
    const timeline = new Timeline([electionAt(0.5, '201', { lastsHours: 6 })], {
      settings: { REMINDERS: '10m' },
      paces: PACES,
      say: (line) => void said.push(line),
    });
    cleanups.push(() => timeline.end());
    await timeline.supervised(0.4);
    const { db } = timeline.running.database;
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db);
    await sql`pragma max_page_count = ${sql.lit(rows[0]!.page_count)}`.execute(db);
    await timeline.until(1.4);
    const { outside, rig, hook, chats } = timeline;
    expect(hook.of('verdict')).toEqual([]);
    expect(said.join('\n')).toContain('The disk or the database is full: free some space. (database or disk is full)');
    for (const chat of chats) expect(storageFailures(chat).map(([word]) => word)).toEqual(['Trouble']);
    await sql`pragma max_page_count = 1000000`.execute(db);
    await timeline.supervised(7.5);
    for (const chat of chats) expect(storageFailures(chat).map(([word]) => word)).toEqual(['Trouble', 'Over']);
    const { elections } = outside;
    await check({ database: timeline.running.database, elections, chats, directory: rig.directory, kills: 1 });
    expect(hook.of('verdict').map(({ outcome, at }) => [outcome, at < (BEGIN + 3 * HOUR) * 1000])).toEqual([
      ['verified', true],
    ]);
  });
});
