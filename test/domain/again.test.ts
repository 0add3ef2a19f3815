import { describe, expect, it } from 'vitest';
import { nextLook } from '../../src/domain/again.ts';
import { REASONS, type Reason } from '../../src/domain/check.ts';
import { verdictOf } from '../support/records.ts';

const NOW = 1_789_000_000;
const HOUR = 3600;

function look(reasons: readonly Reason[], changes: Partial<Parameters<typeof nextLook>[0]> = {}) {
  const verdict = { ...verdictOf('inconclusive'), reason: reasons[0] ?? null, reasons };
  return nextLook({ verdict, looks: 1, now: NOW, deadlineAt: NOW + 48 * HOUR, runSeconds: 2 * HOUR, ...changes });
}

describe('another look', () => {
  it('is not taken after a verdict that stands', () => {
    const verified = nextLook({ verdict: verdictOf('verified'), looks: 1, now: NOW, deadlineAt: null, runSeconds: 1 });
    const mismatch = nextLook({ verdict: verdictOf('mismatch'), looks: 1, now: NOW, deadlineAt: null, runSeconds: 1 });
    expect([verified.at, verified.final, mismatch.at, mismatch.final]).toEqual([null, true, null, true]);
  });

  it('is taken for a mismatch that a second build has not confirmed', () => {
    const verdict = { ...verdictOf('mismatch'), confirmed: false };
    const next = nextLook({ verdict, looks: 9, now: NOW, deadlineAt: NOW - HOUR, runSeconds: 1 });
    expect(next).toMatchObject({ at: NOW + 300, final: false });
  });

  it('follows an outage sooner at first and never further apart than half an hour', () => {
    const delays = [1, 2, 3, 5, 50].map((looks) => (look(['unreachable'], { looks }).at ?? 0) - NOW);
    expect(delays).toEqual([60, 120, 240, 960, 1800]);
  });

  it('stops after an outage that outlasts the vote, and not at the first failure after it', () => {
    expect(look(['unreachable'], { looks: 1, deadlineAt: NOW - HOUR }).at).toBe(NOW + 60);
    expect(look(['unreachable'], { looks: 6, deadlineAt: NOW - HOUR })).toMatchObject({ at: null, final: true });
  });

  it('keeps withheld source on the watch list, also long after adoption, and says the honest thing now', () => {
    expect(look(['source-withheld'], { looks: 500, deadlineAt: NOW - 30 * 24 * HOUR })).toMatchObject({
      at: NOW + 1800,
      final: true,
    });
    expect(look(['source-withheld'], { deadlineAt: NOW - 61 * 24 * HOUR }).at).toBeNull();
  });

  it('does not begin a third build that could not end before voting closes', () => {
    expect(look(['build-failed'], { looks: 2 }).at).toBe(NOW + 600);
    expect(look(['build-failed'], { looks: 2, deadlineAt: NOW + HOUR }).at).toBeNull();
    expect(look(['build-failed'], { looks: 3 })).toMatchObject({ at: null, final: true });
  });

  it('is not taken where one of the reasons will not pass', () => {
    expect(look(['malformed-payload', 'unreachable'])).toMatchObject({ at: null, final: true });
    expect(look(['unreachable', 'not-deterministic']).at).toBeNull();
  });

  it.each(REASONS)('never lies in the past, and ends some day (%s)', (reason) => {
    const next = look([reason]);
    expect(next.at === null || next.at > NOW).toBe(true);
    expect(look([reason], { looks: 1000, deadlineAt: NOW - 100 * 24 * HOUR }).at).toBeNull();
  });
});
