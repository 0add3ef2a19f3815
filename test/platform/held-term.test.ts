import { describe, expect, it } from 'vitest';
import { HeldTerm, type HeldTermOptions } from '../../src/platform/held-term.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const LEASE_MS = 30_000;

/** What is held by a virtual clock; `answers` tells how each renewal goes, by its number. */
async function hold(
  answer: (n: number, clock: VirtualClock) => Promise<boolean>,
  changes: Partial<HeldTermOptions> = {},
) {
  const clock = new VirtualClock(1_000_000, 500);
  const mine = clock.process();
  const [troubles, sentAt] = [[] as unknown[], [] as number[]];
  let lostAt: number | null = null;
  const options: HeldTermOptions = {
    clock: mine,
    leaseMs: LEASE_MS,
    renew: () => {
      sentAt.push(clock.now() - 1_000_000);
      return answer(sentAt.length, clock);
    },
    onFailure: (trouble) => troubles.push(trouble),
    lostError: (why) => new Error(why),
    ...changes,
  };
  const held = await HeldTerm.begin(options, async () => true);
  if (!held) throw new Error('not taken');
  held.lost.addEventListener('abort', () => (lostAt = clock.now() - 1_000_000));
  return { clock, mine, held, options, troubles, sentAt, lostAt: () => lostAt };
}

const never = new Promise<boolean>(() => undefined);
const broken = (): Promise<boolean> => Promise.reject(new Error('the database is gone'));

describe('what is held for a time', () => {
  it('is renewed four times a lease, and kept as long as that is acknowledged', async () => {
    const { clock, held, sentAt, lostAt } = await hold(async () => true);
    await clock.advance(10 * LEASE_MS);
    expect(sentAt).toHaveLength(40);
    expect(lostAt()).toBeNull();
    held.end();
    await clock.advance(10 * LEASE_MS);
    expect(sentAt).toHaveLength(40);
    expect(lostAt()).toBeNull();
  });

  it.each<[string, (n: number, clock: VirtualClock) => Promise<boolean>, number]>([
    ['fails from the first on', broken, 30_000],
    ['hangs from the first on', () => never, 30_000],
    // The second was sent after 15 s; a lease's length later it is over, and not a lease's length after its answer.
    ['hangs from the third on', (n) => (n <= 2 ? Promise.resolve(true) : never), 45_000],
    ['fails and hangs in turn', (n) => (n <= 2 ? Promise.resolve(true) : n % 2 === 0 ? never : broken()), 45_000],
    [
      'is acknowledged 20 s late, once',
      (n, clock) =>
        n > 1
          ? never
          : clock
              .process()
              .sleep(20_000)
              .then(() => true),
      37_500,
    ],
    [
      'is acknowledged when it is too late',
      (_, clock) =>
        clock
          .process()
          .sleep(40_000)
          .then(() => true),
      30_000,
    ],
    ['says that somebody else has it', (n) => Promise.resolve(n < 3), 22_500],
  ])('is given up by time where the renewal %s', async (_, answer, expected) => {
    const { clock, held, lostAt } = await hold(answer);
    await clock.advance(4 * LEASE_MS);
    expect(lostAt()).toBe(expected);
    expect(held.lost.reason).toBeInstanceOf(Error);
  });

  it('counts from before it was asked for', async () => {
    const { clock, options } = await hold(async () => true);
    const slow = HeldTerm.begin({ ...options, renew: () => never }, () =>
      clock
        .process()
        .sleep(25_000)
        .then(() => true),
    );
    await clock.advance(25_000);
    const held = await slow;
    expect(held?.lost.aborted).toBe(false);
    await clock.advance(5_000);
    expect(held?.lost.aborted).toBe(true);
    const tooLate = HeldTerm.begin({ ...options, renew: () => never }, () =>
      clock
        .process()
        .sleep(35_000)
        .then(() => true),
    );
    await clock.advance(36_000);
    expect((await tooLate)?.lost.aborted).toBe(true);
  });

  it('sends one after another that hangs, and not ever more of them', async () => {
    const { clock, sentAt } = await hold(() => never, { everyMs: 1000, news: () => true });
    await clock.advance(29_000);
    expect(sentAt.length).toBeGreaterThanOrEqual(3);
    expect(sentAt.length).toBeLessThanOrEqual(5);
  });

  it('ends without waiting for a renewal that hangs, and for its release no longer than it lasts by itself', async () => {
    const { clock, held } = await hold(() => never);
    await clock.advance(8_000);
    held.end();
    let released = false;
    const release = held.atMost(new Promise<void>(() => undefined)).then(() => (released = true));
    await clock.advance(LEASE_MS - 1000);
    expect(released).toBe(false);
    await clock.advance(2_000);
    await release;
    expect(released).toBe(true);
  });

  it('that goes on is asked about at once', async () => {
    const { clock, options } = await hold(async () => true);
    const taken = HeldTerm.goOn({ ...options, renew: async () => false });
    await clock.settle();
    expect(taken.lost.aborted).toBe(true);
  });
});
