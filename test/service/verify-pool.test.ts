import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WatchError } from '../../src/domain/errors.ts';
import type { Job } from '../../src/domain/service-ports.ts';
import { VerifyPool } from '../../src/service/verify-pool.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { quietLog } from './quiet-log.ts';

const PLACES = 4;
const PLACE_MS = 2000;

const job = (key: string): Job => ({ id: key, kind: 'verify', key, input: null, attempt: 1, why: null });

let clock: VirtualClock;
let stopping: AbortController;
/** What is due, the most urgent first. */
let due: string[];
/** Which elections began, and when. */
let begun: Map<string, number>;
/** How a run ends that does not go on for ever. */
let ends: Map<string, (clock: { sleep: (ms: number) => Promise<void> }) => Promise<void>>;
let failures: unknown[];
let pool: VerifyPool;

beforeEach(() => {
  clock = new VirtualClock(0, 1);
  const process = clock.process();
  stopping = new AbortController();
  [due, failures] = [[], []];
  begun = new Map();
  ends = new Map();
  const fill = (): void => void pool.fill(stopping.signal).catch((thrown: unknown) => failures.push(thrown));
  pool = new VerifyPool({
    claim: async () => {
      const next = due.shift();
      return next === undefined ? null : job(next);
    },
    run: ({ key }, signal) => {
      begun.set(key, clock.now());
      const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      return ends.get(key)?.(process) ?? stopped;
    },
    // As the loop does, which is woken.
    freed: fill,
    log: quietLog,
    places: PLACES,
    placeMs: PLACE_MS,
    clock: process,
  });
});
afterEach(() => stopping.abort());

async function fillAndWait(ms: number): Promise<void> {
  await pool.fill(stopping.signal);
  await clock.advance(ms);
}

describe('the places for verifications', () => {
  it('are free again for whatever is due, however many elections never come to an end', async () => {
    due = Array.from({ length: 10 }, (_, index) => `slow-${index}`);
    await fillAndWait(100);
    expect(begun.size).toBe(PLACES);
    due.unshift('urgent');
    await clock.advance(2 * PLACE_MS);
    expect(begun.get('urgent')).toBe(PLACE_MS);
    expect(begun.size).toBe(11);
    due.push('later');
    await fillAndWait(0);
    await clock.advance(PLACE_MS);
    expect(begun.get('later')).toBeLessThanOrEqual(3 * PLACE_MS + 100);
  });

  it('are given in the order of the queue, and one that ends early is free at once', async () => {
    ends.set('quick', (process) => process.sleep(300));
    due = ['quick', 'b', 'c', 'd', 'e'];
    await fillAndWait(299);
    expect([...begun.keys()]).toEqual(['quick', 'b', 'c', 'd']);
    await clock.advance(1);
    expect(begun.get('e')).toBe(300);
  });

  it('are not lost to one that throws, and the next round says what it threw', async () => {
    const clear = new WatchError('bug', 'injected', 'an injected fault');
    ends.set('broken', () => Promise.reject(clear));
    due = ['broken'];
    const round = pool.fill(stopping.signal).catch((thrown: unknown) => failures.push(thrown));
    await clock.advance(0);
    await round;
    expect(failures).toEqual([clear]);
    due = ['a', 'b', 'c', 'd'];
    await pool.fill(stopping.signal);
    expect(begun.size).toBe(1 + PLACES);
  });

  it('take nothing up when the service stops, which waits for all that run, with a place or without', async () => {
    due = ['a', 'b', 'c', 'd', 'e'];
    await fillAndWait(PLACE_MS);
    expect(begun.size).toBe(5);
    let drained = false;
    const draining = pool.drained().then(() => (drained = true));
    await clock.advance(10 * PLACE_MS);
    expect(drained).toBe(false);
    due = ['f'];
    stopping.abort();
    await draining;
    await pool.fill(stopping.signal);
    expect([begun.size, due]).toEqual([5, ['f']]);
  });
});
