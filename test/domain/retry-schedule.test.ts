import { describe, expect, it } from 'vitest';
import { inTime, nextBuildAt, nextAttempt, type RunFacts, type PastRun } from '../../src/domain/retry-schedule.ts';
import { REASONS, type Reason } from '../../src/domain/check.ts';
import { verdictOf } from '../support/records.ts';

const NOW = 1_789_000_000;
const HOUR = 3600;
const AROUND = {
  earlier: [],
  failedBuilds: [],
  now: NOW,
  deadlineAt: NOW + 48 * HOUR,
  runSeconds: 2 * HOUR,
  unread: false,
  unsupported: false,
};

function facts(reasons: readonly Reason[], changes: Partial<RunFacts> = {}) {
  const verdict = { ...verdictOf('inconclusive'), reason: reasons[0] ?? null, reasons };
  return nextAttempt({ ...AROUND, verdict, ...changes });
}

/** So many earlier runs with these reasons, a minute apart, newest first. */
const past = (count: number, ...reasons: Reason[]): PastRun[] =>
  Array.from({ length: count }, (_, n) => ({ at: NOW - 60 * (n + 1), reasons }));

describe('another try', () => {
  it('is not made after a verdict that stands', () => {
    const verified = nextAttempt({ ...AROUND, verdict: verdictOf('verified'), deadlineAt: null });
    const mismatch = nextAttempt({ ...AROUND, verdict: verdictOf('mismatch'), deadlineAt: null });
    expect([verified.at, verified.final, mismatch.at, mismatch.final]).toEqual([null, true, null, true]);
  });

  it('is made for a mismatch that a second build has not confirmed', () => {
    const verdict = { ...verdictOf('mismatch'), confirmed: false };
    const next = nextAttempt({ ...AROUND, verdict, earlier: past(8, 'unreachable'), deadlineAt: NOW - HOUR });
    expect(next).toMatchObject({ at: NOW + 300, final: false });
  });

  it('follows an outage sooner at first and never further apart than half an hour', () => {
    const delays = [0, 1, 2, 4, 8].map(
      (n) => (facts(['unreachable'], { earlier: past(n, 'unreachable') }).at ?? 0) - NOW,
    );
    expect(delays).toEqual([60, 120, 240, 960, 1800]);
  });

  it('follows an outage soon again where the one before was of another cause', () => {
    const earlier = [...past(1, 'host-unfit'), ...past(7, 'unreachable')];
    expect(facts(['unreachable'], { earlier }).at).toBe(NOW + 60);
  });

  it('stops some time after voting has closed, and not at the first failure after it', () => {
    const deadlineAt = NOW - HOUR;
    expect(facts(['unreachable'], { deadlineAt }).at).toBe(NOW + 60);
    // However many there were before.
    const before = past(8, 'source-withheld').map((run) => ({ ...run, at: deadlineAt - 60 }));
    expect(facts(['unreachable'], { deadlineAt, earlier: before }).at).toBe(NOW + 60);
    expect(facts(['unreachable'], { deadlineAt, earlier: past(5, 'unreachable') })).toMatchObject({
      at: null,
      final: true,
    });
  });

  it('ends with a word that stands where the next one would come after voting has closed', () => {
    const deadlineAt = NOW + 30;
    expect(facts(['unreachable'], { deadlineAt, earlier: past(8, 'unreachable') })).toMatchObject({
      at: null,
      final: true,
    });
    expect(facts(['unreachable'], { deadlineAt })).toMatchObject({ at: NOW + 60, final: false });
  });

  it('keeps withheld source on the watch list, also long after adoption, and says the honest thing now', () => {
    const earlier = past(8, 'source-withheld');
    expect(facts(['source-withheld'], { earlier, deadlineAt: NOW - 30 * 24 * HOUR })).toMatchObject({
      at: NOW + 1800,
      final: true,
    });
    expect(facts(['source-withheld'], { deadlineAt: NOW - 61 * 24 * HOUR }).at).toBeNull();
  });

  it('is not made where one of the reasons will not pass', () => {
    expect(facts(['malformed-payload', 'unreachable'])).toMatchObject({ at: null, final: true });
    expect(facts(['unreachable', 'not-deterministic']).at).toBeNull();
    expect(facts(['not-built'], { unsupported: true })).toMatchObject({ at: null, final: true });
  });

  it('is made for what could not be read, which is no word about what stands there', () => {
    for (const reason of ['malformed-payload', 'not-an-election'] as const) {
      expect(facts([reason])).toMatchObject({ at: null, final: true });
      expect(facts([reason], { unread: true, earlier: past(8, reason) })).toMatchObject({
        at: NOW + 900,
        final: false,
      });
    }
  });

  it.each(REASONS)('never lies in the past, and ends some day (%s)', (reason) => {
    const next = facts([reason]);
    expect(next.at === null || next.at > NOW).toBe(true);
    const deadlineAt = NOW - 100 * 24 * HOUR;
    const failedBuilds = [NOW - 5, NOW - 4, NOW - 3];
    expect(facts([reason], { earlier: past(8, reason), deadlineAt, failedBuilds, unread: true }).at).toBeNull();
  });

  it.each(REASONS)('leaves room before voting closes, however many there were (%s)', (reason) => {
    const first = facts([reason]);
    if (first.at === null) return;
    for (const left of [3 * HOUR, 40 * 60, 10 * 60, 180]) {
      for (const n of [0, 3, 8]) {
        const { at, final } = facts([reason], { earlier: past(n, reason), deadlineAt: NOW + left });
        if (reason.startsWith('build-')) continue;
        expect(at).not.toBeNull();
        expect(at ?? Infinity).toBeLessThan(NOW + left);
        if (reason !== 'source-withheld') expect(final).toBe(false);
      }
    }
  });
});

describe('a build that failed', () => {
  const failed = (count: number): number[] => Array.from({ length: count }, (_, n) => NOW - 9 * HOUR * n);

  it('is tried again soon, whatever else kept the verdict back before, and never given up while time is left', () => {
    const earlier = [...past(4, 'unreachable'), ...past(4, 'source-withheld')];
    for (const reason of ['build-failed', 'build-timeout'] as const) {
      const next = facts([reason], { earlier, failedBuilds: failed(1) });
      expect(next).toMatchObject({ at: NOW + 300, final: false });
    }
    expect(facts(['build-failed'], { failedBuilds: failed(2) }).at).toBe(NOW + 600);
    // After three the last try is made when a run just still ends before voting closes.
    const last = facts(['build-failed'], { failedBuilds: failed(3) });
    expect(last).toMatchObject({ at: NOW + 45.5 * HOUR, final: false });
    const failedBuilds = [...failed(3), NOW + 46 * HOUR];
    expect(facts(['build-failed'], { failedBuilds, now: NOW + 46 * HOUR })).toMatchObject({ at: null, final: true });
  });

  it('is not begun a third time where that could not end before voting closes', () => {
    expect(facts(['build-failed'], { failedBuilds: failed(2), deadlineAt: NOW + HOUR }).at).toBeNull();
    expect(facts(['build-failed'], { failedBuilds: failed(1), deadlineAt: NOW + HOUR }).at).toBe(NOW + 300);
  });

  it('is hurried where its pause would make it too late', () => {
    const room = { failedBuilds: [NOW, NOW - 1], deadlineAt: NOW + 2.5 * HOUR + 300, runSeconds: 2 * HOUR };
    expect(nextBuildAt(room)).toBe(NOW + 300);
    expect(nextBuildAt({ ...room, failedBuilds: [] })).toBe(0);
  });

  it('is tried for days where nobody knows until when people vote', () => {
    const room = { deadlineAt: null, runSeconds: HOUR };
    const at = [1, 2, 3, 19, 20].map((n) => nextBuildAt({ ...room, failedBuilds: failed(n) }));
    expect(at).toEqual([NOW + 300, NOW + 600, NOW + 6 * HOUR, NOW + 6 * HOUR, null]);
  });
});

describe('a pause', () => {
  it('takes at most half of the time that is left, and no more often than once a minute', () => {
    expect(inTime(1800, NOW, NOW + 30 * HOUR, HOUR)).toBe(1800);
    expect(inTime(1800, NOW, NOW + HOUR + 600, HOUR)).toBe(300);
    expect(inTime(1800, NOW, NOW + 600, HOUR)).toBe(300);
    expect(inTime(1800, NOW, NOW + 30, HOUR)).toBe(60);
    expect(inTime(1800, NOW, NOW - 30, HOUR)).toBe(1800);
    expect(inTime(10, NOW, NOW + 30, HOUR)).toBe(10);
    expect(inTime(1800, NOW, null, HOUR)).toBe(1800);
  });
});
