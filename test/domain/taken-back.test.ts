import { describe, expect, it } from 'vitest';
import type { CheckId, CheckResult, Finding, Outcome } from '../../src/domain/check.ts';
import { takenBack } from '../../src/domain/taken-back.ts';

type Result = Extract<CheckResult, { outcome: Outcome }>;

const result = (check: CheckId, outcome: Outcome, changes: Partial<Result> = {}): Result => ({
  check,
  component: 'guestos',
  tier: 'authoritative',
  title: check,
  outcome,
  reason: null,
  sentence: `${check} says ${outcome}.`,
  comparisons: [],
  findings: [],
  caveats: [],
  localOnly: false,
  confirmed: false,
  ...changes,
});
const serious = (id: string, sentence = 'Odd.'): Finding => ({ id, severity: 'serious', sentence });
const earlier = (results: readonly Result[], findings: readonly Finding[] = []) => ({ results, findings });
const ids = (findings: readonly Finding[]) => findings.map(({ id }) => id);
const verified = { outcome: 'verified' } as const;

describe('an alarm of an earlier run', () => {
  const differs = earlier([result('build-reproduces', 'mismatch'), result('package-hash', 'mismatch')]);

  it('that this run does not raise is told once for each check, in its own words', () => {
    const now = [result('build-reproduces', 'verified'), result('package-hash', 'inconclusive')];
    expect(takenBack(differs, { outcome: 'inconclusive' }, now)).toEqual([
      serious(
        'build-reproduces/taken-back',
        'An earlier run found a mismatch that this run does not find: build-reproduces says mismatch.',
      ),
      serious(
        'package-hash/taken-back',
        'An earlier run found a mismatch that this run does not find: package-hash says mismatch.',
      ),
    ]);
  });

  it('is told also where this run judges nothing', () => {
    expect(ids(takenBack(differs, { outcome: 'inconclusive' }, []))).toHaveLength(2);
  });

  it('is not taken back where the check says itself why it is over', () => {
    const findings = [serious('build-reproduces/not-deterministic')];
    const now = [result('build-reproduces', 'verified', { findings }), result('package-hash', 'verified')];
    expect(ids(takenBack(differs, verified, now))).toEqual(['package-hash/taken-back']);
  });

  it('stays told by each later verdict, as it was told first', () => {
    const first = takenBack(differs, verified, []);
    expect(takenBack(earlier([], first), verified, [])).toEqual(first);
  });

  it('is told also where a second build had taken it back, and the builds of this run all agree', () => {
    const once = earlier([], [serious('build-reproduces/not-deterministic', 'One did not.')]);
    const [told] = takenBack(once, verified, [result('build-reproduces', 'verified')]);
    expect(told).toMatchObject({ id: 'build-reproduces/taken-back', severity: 'serious' });
    expect(told?.sentence).toMatch(/One did not\.$/);
  });

  it('stands while this run raises it too, and beside another mismatch until it was looked at again', () => {
    const mismatch = { outcome: 'mismatch' } as const;
    const now = (other: Outcome) => [result('build-reproduces', 'mismatch'), result('package-hash', other)];
    expect(takenBack(differs, mismatch, now('mismatch'))).toEqual([]);
    expect(takenBack(differs, mismatch, now('inconclusive'))).toEqual([]);
    expect(ids(takenBack(differs, mismatch, now('verified')))).toEqual(['package-hash/taken-back']);
  });

  it('is none where nothing was raised: advice, gaps, other findings, no earlier run', () => {
    const quiet = earlier(
      [result('dashboard-agrees', 'mismatch', { tier: 'advisory' }), result('provenance', 'inconclusive')],
      [serious('package-hash/url-refused')],
    );
    expect(takenBack(quiet, verified, [])).toEqual([]);
    expect(takenBack(null, verified, [])).toEqual([]);
  });
});
