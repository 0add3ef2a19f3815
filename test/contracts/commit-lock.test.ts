import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommitId } from '../../src/domain/ids.ts';
import type { CommitLock } from '../../src/domain/ports.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createCommitLock } from '../../src/store/leases.ts';
import { databases, ENGINE_START_MS, migrated } from '../support/databases.ts';
import { memoryLock } from '../support/memory-lock.ts';

const locks = [
  ...databases.map(({ kind, empty }) => ({
    what: `on ${kind}`,
    open: async () => {
      const database = await migrated(empty);
      return { lock: createCommitLock(database, { clock: systemClock, pollMs: 10 }), close: database.close };
    },
  })),
  { what: 'in memory', open: async () => ({ lock: memoryLock(), close: async () => undefined }) },
];

describe.each(locks)('a lock $what', ({ open }) => {
  let lock: CommitLock;
  let close: () => Promise<void>;
  beforeAll(async () => ({ lock, close } = await open()), ENGINE_START_MS);
  afterAll(() => close());

  const never = new AbortController().signal;
  const some = 'c1'.repeat(20) as CommitId;
  const other = 'c2'.repeat(20) as CommitId;

  it('lets one holder in at a time, however many want it', async () => {
    let inside = 0;
    const most = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const turn = await lock.acquire(some, never);
        inside += 1;
        const seen = inside;
        await wait(15);
        inside -= 1;
        await turn?.release();
        return seen;
      }),
    );
    expect(most).toEqual([1, 1, 1, 1, 1]);
  });

  it('does not make one commit wait for another', async () => {
    const first = await lock.acquire(some, never);
    const second = await lock.acquire(other, AbortSignal.timeout(2000));
    expect(second).toBeDefined();
    await first?.release();
    await second?.release();
  });

  it('stops waiting when told to, and leaves the holder alone', async () => {
    const holder = await lock.acquire(some, never);
    expect(await lock.acquire(some, AbortSignal.timeout(40))).toBeUndefined();
    expect(await lock.acquire(some, AbortSignal.abort())).toBeUndefined();
    await holder?.release();
    const next = await lock.acquire(some, AbortSignal.timeout(2000));
    expect(next).toBeDefined();
    await next?.release();
  });

  it('is not taken from the next holder by a second release', async () => {
    const first = await lock.acquire(some, never);
    await first?.release();
    const second = await lock.acquire(some, never);
    await first?.release();
    expect(await lock.acquire(some, AbortSignal.timeout(40))).toBeUndefined();
    await second?.release();
  });
});
