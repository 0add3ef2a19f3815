import { describe, expect, it } from 'vitest';
import { isDue, isVoting, sameSnapshot } from '../../src/watcher/discover-due.ts';
import type { Snapshot } from '../../src/watcher/list-candid.ts';

const HOUR = 3_600_000;
const READ_AT = Date.UTC(2026, 9, 25, 0, 30);
const open: Snapshot = {
  status: 'open',
  rewardStatus: 'accept-votes',
  deadlineAt: READ_AT / 1000 + 1800,
  decidedAt: null,
  executedAt: null,
  failedAt: null,
  tally: { yes: '1000', no: '500', total: '46334384189105008' },
};
const due = (listed: Snapshot | undefined, afterMs = 60_000, snapshot: Snapshot = open): boolean =>
  isDue({ snapshot, readAtMs: READ_AT }, listed, READ_AT + afterMs);
const tally = (yes: string, no: string, total = '46334384189105008'): Snapshot => ({
  ...open,
  tally: { yes, no, total },
});

describe('an election is read certified', () => {
  it('when it never was', () => {
    expect(isDue(undefined, open, READ_AT)).toBe(true);
    expect(isDue(undefined, undefined, READ_AT)).toBe(true);
  });

  it('not where nothing changed, listed or not', () => {
    expect([due(open), due(undefined)]).toEqual([false, false]);
  });

  it('an hour later at most, or when the clock went back', () => {
    const later = { ...open, deadlineAt: null };
    expect(due(later, HOUR - 1, later)).toBe(false);
    expect(due(later, HOUR, later)).toBe(true);
    expect(due(later, -1, later)).toBe(true);
  });

  it('once its deadline has passed, and then not at every poll', () => {
    expect(due(open, 1_799_999)).toBe(false);
    expect(due(open, 1_800_000)).toBe(true);
    expect(isDue({ snapshot: open, readAtMs: READ_AT + 1_800_000 }, open, READ_AT + 1_860_000)).toBe(false);
  });

  it.each<[string, Partial<Snapshot>]>([
    ['status', { status: 'executed' }],
    ['reward status', { rewardStatus: 'settled' }],
    ['deadline', { deadlineAt: open.deadlineAt! + 1 }],
    ['time of decision', { decidedAt: 1 }],
    ['time of execution', { executedAt: 1 }],
    ['time of failure', { failedAt: 1 }],
    ['tally, which was there', { tally: null }],
  ])('when the list shows another %s', (_, change) => {
    expect(due({ ...open, ...change })).toBe(true);
  });

  it('when votes come in for a hundredth of all, or the lead changes, and not for fewer', () => {
    expect(due(tally('463343841891050', '500'))).toBe(false);
    expect(due(tally('463343841892051', '500'))).toBe(true);
    expect(due(tally('1000', '999'))).toBe(false);
    expect(due(tally('1000', '1000'))).toBe(true);
  });

  it('not for a tally of nothing', () => {
    const nothing = tally('0', '0', '0');
    expect(due(nothing, 60_000, nothing)).toBe(false);
  });
});

it('a snapshot is the same only to the last vote', () => {
  expect(sameSnapshot(open, { ...open, tally: { no: '500', yes: '1000', total: '46334384189105008' } })).toBe(true);
  expect(sameSnapshot(open, tally('1001', '500'))).toBe(false);
  expect(sameSnapshot(open, { ...open, tally: null })).toBe(false);
});

it('votes count while the proposal is open, and for rewards until the deadline', () => {
  expect(isVoting({ ...open, rewardStatus: 'unknown' })).toBe(true);
  expect(isVoting({ ...open, status: 'executed' })).toBe(true);
  expect(isVoting({ ...open, status: 'executed', rewardStatus: 'settled' })).toBe(false);
});
