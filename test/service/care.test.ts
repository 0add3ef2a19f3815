import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createServiceStore } from '../../src/app/compose-store.ts';
import { BuilderKeeper } from '../../src/app/service/builder-keeper.ts';
import { ChannelWatch } from '../../src/app/service/channel-watch.ts';
import { LastResort } from '../../src/app/service/last-resort.ts';
import { housekeepingRound } from '../../src/app/service/housekeeping.ts';
import type { ServiceStore } from '../../src/app/service/store.ts';
import { setTroubles, type TroubleDeps } from '../../src/app/service/trouble-desk.ts';
import { isAllWell, watchdogRound, type WatchdogDeps } from '../../src/app/service/watchdog.ts';
import type { Notice } from '../../src/domain/notice.ts';
import { WatchError } from '../../src/domain/errors.ts';
import type { Belonging } from '../../src/domain/eviction.ts';
import type { Delivery } from '../../src/domain/service-ports.ts';
import { NoteFile } from '../../src/platform/note-file.ts';
import type { Database } from '../../src/store/database.ts';
import { emptySqlite, migrated, scratchDirectory } from '../support/databases.ts';
import { memoryBlobs } from '../support/memory-blobs.ts';
import { noticeOf } from '../support/records.ts';
import { quietLog } from './quiet-log.ts';

const START = 1_789_000_000_000;
const MINUTE = 60_000;
const running = new AbortController().signal;
let database: Database;
let store: ServiceStore;
let now: number;
let deps: TroubleDeps;
const clock = {
  now: () => now,
  sleep: async (ms: number) => {
    now += ms;
  },
};

beforeEach(async () => {
  now = START;
  database = { ...(await migrated(emptySqlite)), clock: clock.now };
  const parts = { database, blobs: memoryBlobs(), clock, network: 'mainnet', notifiers: ['a', 'b'], toolVersion: '1' };
  store = createServiceStore(parts);
  deps = { store, network: 'mainnet', notifiers: ['a', 'b'], now: clock.now };
});

afterEach(() => database.close());

/** Everything that a notifier would be told. */
async function told(notifier: string): Promise<string[]> {
  const sentences: string[] = [];
  for (let next = await store.outbox.next(notifier, now); next; next = await store.outbox.next(notifier, now)) {
    sentences.push(next.notice.sentence);
    await store.outbox.sent(next.id, null, now);
  }
  return sentences;
}

describe('trouble', () => {
  const full = { key: 'disk /data', sentence: '/data is full.' };

  it('is told once when it begins and once when it ends, however often it is seen', async () => {
    await setTroubles('disk ', [full], deps);
    now += MINUTE;
    await setTroubles('disk ', [full], deps);
    await setTroubles('loop ', [], deps);
    now += 4 * MINUTE;
    await setTroubles('disk ', [], deps);
    await setTroubles('disk ', [], deps);
    expect(await told('a')).toEqual(['Trouble: /data is full.', 'Over after 5 min: /data is full.']);
  });

  it('is told again when it comes back', async () => {
    for (const ailments of [[full], [], [full]]) {
      await setTroubles('disk ', ailments, deps);
      now += MINUTE;
    }
    expect(await told('b')).toHaveLength(3);
  });

  it('with a channel is told on the others', async () => {
    const channel = new ChannelWatch('a', deps);
    const delivery = { notice: noticeOf('x') } as Delivery;
    const error = new WatchError('rejected', 'discord-401', 'not allowed');
    await channel.saw({ state: 'dead', delivery, error });
    await channel.saw({ state: 'dead', delivery, error });
    await channel.saw({ state: 'sent', delivery });
    expect(await told('a')).toEqual([]);
    expect(await told('b')).toEqual([
      'Trouble: a cannot be told anything: not allowed (discord-401)',
      'Over after 0 min: a cannot be told anything: not allowed (discord-401)',
    ]);
  });

  it('with a slow channel is told after ten minutes, not before', async () => {
    const channel = new ChannelWatch('a', deps);
    const retry = {
      state: 'retry',
      delivery: {} as Delivery,
      error: new WatchError('transport', 'x', 'slow'),
    } as const;
    await channel.saw(retry);
    now += 9 * MINUTE;
    await channel.saw(retry);
    expect(await told('b')).toEqual([]);
    now += MINUTE;
    await channel.saw(retry);
    expect(await told('b')).toHaveLength(1);
  });
});

describe('the watchdog', () => {
  function watchdog(free = 10e9, othersBuild = true): WatchdogDeps {
    const disk = { path: '/cache', bytes: 5e9, setting: 'MIN_DISK_GB', consequence: 'nothing is built' };
    const loops = new Map([['discover', 'looking for proposals']]);
    return { ...deps, store, loops, startedAt: START, freeBytes: async () => free, disks: [disk], othersBuild };
  }

  it('tells of a loop that fails for five minutes, and not of one that failed once', async () => {
    await store.health.begin(['discover'], START);
    await store.health.ended('discover', now + 1, { code: 'down', message: 'no answer' });
    now += MINUTE;
    await watchdogRound(watchdog());
    expect(await told('a')).toEqual([]);
    now += 4 * MINUTE;
    await watchdogRound(watchdog());
    expect(await told('a')).toEqual(['Trouble: looking for proposals has failed for 5 min: no answer (down)']);
    await store.health.ended('discover', now, null);
    await watchdogRound(watchdog());
    expect(await told('a')).toHaveLength(1);
  });

  it('tells of a full disk, and what follows from it', async () => {
    await watchdogRound(watchdog(4e9));
    expect(await told('a')).toEqual([
      'Trouble: /cache has 4.0 GB free of the 5.0 GB of MIN_DISK_GB, so nothing is built.',
    ]);
  });

  it('tells once that builds wait while no builder lives, and once that one took them up', async () => {
    const commit = 'ab'.repeat(20);
    await store.queue.enqueue({ kind: 'build', key: `${commit}#1`, input: {} }, 0);
    await watchdogRound(watchdog());
    expect(await told('a')).toEqual([]);
    now += 2 * MINUTE;
    await watchdogRound(watchdog(10e9, false));
    expect(await told('a')).toEqual([]);
    await watchdogRound(watchdog());
    await watchdogRound(watchdog());
    expect(await told('a')).toEqual([
      'Trouble: a build waits and no builder runs, so nothing is built: start `nns-watch build`.',
    ]);
    const lease = await store.leases.take('builder elsewhere');
    await watchdogRound(watchdog());
    expect(await told('a')).toEqual([expect.stringContaining('Over after 0 min: a build waits')]);
    await lease?.release();
    const job = await store.queue.claim('build', 'a builder without a lease', 10 * MINUTE);
    await watchdogRound(watchdog());
    expect([job?.key, await told('a')]).toEqual([`${commit}#1`, []]);
  });

  it('says that all is well only where every loop had a good round lately and nothing is open', async () => {
    expect(await isAllWell(watchdog())).toBe(false);
    await store.health.ended('discover', now, null);
    expect(await isAllWell(watchdog()), 'nobody saw that something can be stored').toBe(false);
    await watchdogRound(watchdog());
    expect(await isAllWell(watchdog())).toBe(true);
    await watchdogRound(watchdog(1e9));
    expect(await isAllWell(watchdog())).toBe(false);
    await watchdogRound(watchdog());
    expect(await isAllWell(watchdog())).toBe(true);
    now += 11 * MINUTE;
    expect(await isAllWell(watchdog())).toBe(false);
    expect(await isAllWell({ ...watchdog(), loops: new Map() })).toBe(false);
  });
});

describe('a database that takes nothing any more', () => {
  let note: NoteFile;
  let remove: () => void;
  beforeEach(async () => {
    const scratch = scratchDirectory();
    remove = scratch.remove;
    note = new NoteFile(join(scratch.path, 'note'));
    await note.prepare();
  });
  afterEach(() => remove());

  it('shows when it cannot grow, though what it holds can be changed', async () => {
    await store.health.ended('watchdog', now, null);
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(database.db);
    await sql`pragma max_page_count = ${sql.lit(rows[0]!.page_count)}`.execute(database.db);
    await store.health.ended('watchdog', now + 1, null);
    await expect(store.health.probe()).rejects.toMatchObject({ code: 'SQLITE_FULL' });
    await sql`pragma max_page_count = 1000000`.execute(database.db);
    await store.health.probe();
    expect((await store.health.loops()).map(({ loop }) => loop)).toEqual(['watchdog']);
  });

  it('is told once over several processes, and its end by the last of them', async () => {
    const heard: string[] = [];
    const listener = { id: 'a', deliver: async ({ key }: Notice) => (heard.push(key), null) };
    const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
    for (const fails of [true, true, false]) {
      const resort = new LastResort({ ...deps, notifiers: [listener], note, log: quietLog });
      await resort.begin();
      for (let round = 0; round < 8; round += 1) {
        now += 1;
        if (fails && round > 0) await resort.failed(full, running);
        else await resort.around(async () => undefined, running);
      }
    }
    expect(heard).toEqual([`trouble storage ${START + 3}`, `trouble storage ${START + 3} over`]);
    expect(await note.read()).toBe('');
  });

  it('is told past the outbox, once, and so is its end; one slow or broken channel keeps nobody from hearing it', async () => {
    const heard: string[] = [];
    const listener = { id: 'a', deliver: async ({ sentence }: Notice) => (heard.push(sentence), null) };
    const broken = { id: 'b', deliver: () => Promise.reject(new Error('down')) };
    const resort = new LastResort({ ...deps, notifiers: [broken, listener], note, log: quietLog });
    const write = (): Promise<void> => resort.around(() => store.health.ended('watchdog', now, null), running);
    await write();
    await sql`pragma query_only = on`.execute(database.db);
    await expect(write()).rejects.toMatchObject({ code: 'SQLITE_READONLY' });
    expect(heard).toEqual([]);
    for (let round = 0; round < 3; round += 1) await expect(write()).rejects.toThrow();
    await sql`pragma query_only = off`.execute(database.db);
    for (let round = 0; round < 8; round += 1) await write();
    expect(heard).toEqual([
      expect.stringContaining('Trouble: nothing can be stored, so nothing new is found, judged or told. The disk or'),
      expect.stringContaining('Over, what happens is stored again'),
    ]);
  });

  it('is told by the first process that cannot start, and by no other; its end by the one that can', async () => {
    const heard: string[] = [];
    const listener = { id: 'a', deliver: async ({ sentence }: Notice) => (heard.push(sentence), null) };
    const process = async (): Promise<LastResort> => {
      const resort = new LastResort({ ...deps, notifiers: [listener], note, log: quietLog });
      await resort.begin();
      return resort;
    };
    await (await process()).ends(new WatchError('input', 'second-watch', 'Another runs.'), running);
    for (let start = 0; start < 3; start += 1)
      await (await process()).ends(Object.assign(new Error('full'), { code: 'ENOSPC' }), running);
    const last = await process();
    for (let round = 0; round < 8; round += 1) await last.around(async () => undefined, running);
    const why = 'The disk or the database is full: make room. (full)';
    expect(heard).toEqual([`Trouble: the service does not run. ${why}`, `Over, what happens is stored again: ${why}`]);
  });

  it('is not told by a process that cannot start where nothing would keep the next from telling it again', async () => {
    const heard: string[] = [];
    const listener = { id: 'a', deliver: async ({ sentence }: Notice) => (heard.push(sentence), null) };
    const write = (): Promise<void> => Promise.reject(new Error('no room'));
    const forgetful = { prepare: async () => undefined, read: async () => '', write };
    const resort = new LastResort({ ...deps, notifiers: [listener], note: forgetful, log: quietLog });
    await resort.ends(Object.assign(new Error('full'), { code: 'ENOSPC' }), running);
    expect(heard).toEqual([]);
  });

  it('is not what any other failure is', async () => {
    const heard: string[] = [];
    const listener = { id: 'a', deliver: async ({ sentence }: Notice) => (heard.push(sentence), null) };
    const resort = new LastResort({ ...deps, notifiers: [listener], note, log: quietLog });
    for (let round = 0; round < 3; round += 1) {
      await expect(resort.around(() => Promise.reject(new Error('a bug')), running)).rejects.toThrow('a bug');
    }
    expect(heard).toEqual([]);
  });
});

describe('the keeper of the builder', () => {
  function keeper(start: () => Promise<number>): BuilderKeeper {
    return new BuilderKeeper({ leases: store.leases, lease: 'builder x', start, clock, log: quietLog, trouble: deps });
  }

  it('starts no second builder where one runs', async () => {
    const lease = await store.leases.take('builder x');
    let starts = 0;
    await keeper(async () => (starts += 1)).round(running);
    await lease?.release();
    expect(starts).toBe(0);
  });

  it('starts one also after the clock was put back', async () => {
    const starts: number[] = [];
    const kept = keeper(async () => starts.push(now));
    await kept.round(running);
    now = START - 3_600_000;
    await kept.round(running);
    expect(starts).toHaveLength(2);
  });

  it('starts one that does not come up with growing pauses, and tells of it after three', async () => {
    const starts: number[] = [];
    const kept = keeper(async () => starts.push(now));
    for (let round = 0; round < 60; round += 1) {
      await kept.round(running);
      now += 2000;
    }
    const pauses = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    expect(starts.length).toBeGreaterThan(3);
    expect(pauses.at(-1)).toBeGreaterThan(pauses[0] ?? 0);
    expect(await told('a')).toEqual([expect.stringContaining('the builder does not start')]);
  });
});

describe('housekeeping', () => {
  const commit = (digit: string): string => digit.repeat(40);
  const verified: Belonging = { open: false, outcome: 'verified', atMs: START };

  it('removes downloads, then evidence, as far as the budget asks, and nothing of an open election', async () => {
    const { path, remove } = scratchDirectory();
    const [dataDir, cacheDir] = [join(path, 'data'), join(path, 'cache')];
    for (const digit of ['a', 'b', 'c']) {
      await mkdir(join(cacheDir, commit(digit)), { recursive: true });
      await writeFile(join(cacheDir, commit(digit), 'image'), Buffer.alloc(100_000, digit));
    }
    const old = new Date(START - 48 * 3600_000);
    for (const name of ['11/open', '22/gone', '33/fresh']) {
      await mkdir(join(dataDir, 'blobs', name.slice(0, 2)), { recursive: true });
      await writeFile(join(dataDir, 'blobs', name), Buffer.alloc(50_000, 'x'));
      if (!name.endsWith('fresh')) await utimes(join(dataDir, 'blobs', name), old, old);
      else await utimes(join(dataDir, 'blobs', name), new Date(START), new Date(START));
    }
    const belongings = {
      commits: async () =>
        new Map([
          [commit('a'), { ...verified, open: true }],
          [commit('b'), verified],
          [commit('c'), { ...verified, outcome: 'mismatch' as const }],
        ]),
      files: async () =>
        new Map([
          ['11open', { ...verified, open: true }],
          ['22gone', verified],
        ]),
    };
    const round = (budgetBytes: number): Promise<void> =>
      housekeepingRound({ belongings, dataDir, cacheDir, budgetBytes, now: clock.now, log: quietLog });
    const built = (digit: string): string => join(cacheDir, commit(digit), 'local-build-1');
    for (const digit of ['a', 'b', 'c']) await mkdir(built(digit));
    await round(1e9);
    expect(await readdir(cacheDir)).toHaveLength(3);
    expect(['a', 'b', 'c'].filter((digit) => existsSync(built(digit)))).toEqual(['a', 'c']);
    await round(420_000);
    expect((await readdir(cacheDir)).sort()).toEqual([commit('a'), commit('c')]);
    expect(await readdir(join(dataDir, 'blobs/22'))).toEqual(['gone']);
    await round(1);
    expect(await readdir(cacheDir)).toEqual([commit('a')]);
    expect(await readdir(join(dataDir, 'blobs/22'))).toEqual([]);
    expect([await readdir(join(dataDir, 'blobs/11')), await readdir(join(dataDir, 'blobs/33'))]).toEqual([
      ['open'],
      ['fresh'],
    ]);
    remove();
  });
});
