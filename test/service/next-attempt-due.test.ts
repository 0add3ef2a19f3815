import { beforeEach, describe, expect, it } from 'vitest';
import type { NextAttempt } from '../../src/domain/retry-schedule.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { NextAttemptDue } from '../../src/service/next-attempt-due.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const MINUTE = 60;
const NOW = 1_789_000_000;

let clock: VirtualClock;
let report: { next: NextAttempt | null };

beforeEach(() => {
  clock = new VirtualClock(NOW * 1000, 1);
  report = { next: null };
});

function begun(deadlineAt: number | null = null): NextAttemptDue {
  return new NextAttemptDue({ report, clock: clock.process(), deadlineAt });
}

function heard(due: NextAttemptDue, outcome: Verdict['outcome'], next: number | null): void {
  report.next = { at: next, final: false, why: '' };
  due.heard({ outcome } as Verdict);
}

/** Seconds after the beginning at which the run gave way; null: not within a day. */
async function gaveWay({ signal }: NextAttemptDue): Promise<number | null> {
  let at: number | null = null;
  signal.addEventListener('abort', () => (at = clock.now() / 1000 - NOW));
  await clock.advance(86_400_000);
  return at;
}

describe('a run that only slow servers keep from its end', () => {
  it('gives way to the next attempt when that is due', async () => {
    const due = begun();
    heard(due, 'inconclusive', NOW + 45 * MINUTE);
    expect(await gaveWay(due)).toBe(45 * MINUTE);
    expect(due.signal.reason).toMatchObject({ code: 'next-attempt-due' });
  });

  it('has the time of an honest transfer first, however soon the next attempt is due', async () => {
    const due = begun();
    heard(due, 'inconclusive', NOW + MINUTE);
    expect(await gaveWay(due)).toBe(30 * MINUTE);
  });

  it('has a quarter of the time that is left where voting closes soon, and all of it once it has closed', async () => {
    const soon = begun(NOW + 40 * MINUTE);
    heard(soon, 'inconclusive', NOW + MINUTE);
    expect(await gaveWay(soon)).toBe(10 * MINUTE);
    const closed = begun(NOW);
    heard(closed, 'inconclusive', NOW + MINUTE);
    const began = clock.now();
    await clock.advance(30 * MINUTE * 1000 - 1);
    expect(closed.signal.aborted).toBe(false);
    await clock.advance(1);
    expect([closed.signal.aborted, clock.now() - began]).toEqual([true, 30 * MINUTE * 1000]);
  });

  it.each(['verified', 'mismatch'] as const)('goes on where it is %s so far', async (outcome) => {
    const due = begun();
    heard(due, outcome, NOW + MINUTE);
    expect(await gaveWay(due)).toBeNull();
  });

  it('goes on where no other attempt is due, and where nothing was judged', async () => {
    const due = begun();
    expect(await gaveWay(due)).toBeNull();
    heard(due, 'inconclusive', null);
    expect(await gaveWay(due)).toBeNull();
  });

  it('goes by the newest word', async () => {
    const due = begun();
    heard(due, 'inconclusive', NOW + 40 * MINUTE);
    await clock.advance(20 * MINUTE * 1000);
    heard(due, 'mismatch', NOW + 40 * MINUTE);
    expect(await gaveWay(due)).toBeNull();
  });

  it('does not give way once it is over', async () => {
    const due = begun();
    heard(due, 'inconclusive', NOW + 40 * MINUTE);
    due.close();
    expect(await gaveWay(due)).toBeNull();
  });
});
