import { describe, expect, it } from 'vitest';
import { deploymentNotice, isReadingDue, type RegistryReading } from '../../src/domain/after-vote.ts';
import { COMMIT, missing, proposal } from '../support/evidence.ts';

const HOUR = 3_600_000;
const NOW = 2_000_000_000_000;
const reading = (hoursAgo: number, absentHours: number | null = null): RegistryReading => ({
  result: {
    check: 'registry-as-verified',
    component: null,
    tier: 'advisory',
    title: '',
    outcome: 'skipped',
    sentence: '',
  },
  observation: missing(),
  readAtMs: NOW - hoursAgo * HOUR,
  absentSinceMs: absentHours === null ? null : NOW - absentHours * HOUR,
});
const due = (executedHoursAgo: number, read: RegistryReading | null, changed = false): boolean =>
  isReadingDue({ executedAt: NOW / 1000 - executedHoursAgo * 3600 }, read, changed, NOW);

describe('the record of an executed election', () => {
  it('is read when it never was, in each round of the first day, and then every six hours', () => {
    expect(due(1000, null)).toBe(true);
    expect(due(23, reading(0.01))).toBe(true);
    expect(due(25, reading(0.01))).toBe(false);
    expect(due(1000, reading(5.9))).toBe(false);
    expect(due(1000, reading(6))).toBe(true);
  });

  it('is read as soon as the registry changed, the record is gone, or the clock was wrong', () => {
    expect(due(1000, reading(1), true)).toBe(true);
    expect(due(1000, reading(0.1, 0.5))).toBe(true);
    expect(due(1000, reading(0.1, 2))).toBe(false);
    expect(due(1000, reading(-1))).toBe(true);
  });
});

describe('a deployment', () => {
  const deployed = { component: 'guestos', versions: [COMMIT], needsVersion: true } as const;
  const verdict = (component: string, outcome: 'verified' | 'mismatch' | 'inconclusive') =>
    ({ proposalId: proposal().id, component, outcome, final: true }) as const;
  const told = (verdicts: readonly ReturnType<typeof verdict>[], changes: Partial<typeof deployed> | object = {}) =>
    deploymentNotice(
      { network: 'mainnet', at: 0 },
      { proposal: proposal(), deployed: { ...deployed, ...changes } },
      new Map([[COMMIT, verdicts]]),
    );

  it('of a version that is verified here is no news, whatever else is inconclusive', () => {
    expect(told([verdict('guestos', 'verified')])).toBeNull();
    expect(told([verdict('guestos', 'inconclusive'), verdict('guestos', 'verified')])).toBeNull();
  });

  it('of another component than the one that is verified is told', () => {
    expect(told([verdict('hostos', 'verified')])).toMatchObject({ type: 'deployment', pings: false });
    expect(told([verdict('hostos', 'verified')], { component: 'hostos' })).toBeNull();
  });

  it('of a version with any mismatch pings', () => {
    const notice = told([verdict('guestos', 'verified'), verdict('hostos', 'mismatch')]);
    expect(notice).toMatchObject({ pings: true, key: expect.stringMatching(/ deployment mismatch$/) as string });
  });

  it('without a readable version is told where it needs one', () => {
    expect(told([], { versions: [] })?.sentence).toContain('cannot be read');
    expect(told([], { versions: [], needsVersion: false })).toBeNull();
  });
});
