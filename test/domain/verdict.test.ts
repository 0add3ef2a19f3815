import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  REASONS,
  type Cell,
  type CheckResult,
  type Comparison,
  type Reason,
  type Tier,
} from '../../src/domain/check.ts';
import { decide as decideOver, type Blocker } from '../../src/domain/verdict.ts';

type Judged = Exclude<CheckResult, { outcome: 'skipped' }>;
const side = (value: string | null) => ({ value, source: 'somewhere' });
const EQUAL: Comparison = { label: 'x', expected: side('1'), actual: side('1'), equal: true };
const UNSEEN: Comparison = { label: 'x', expected: side('1'), actual: side(null), equal: false };
const UNEQUAL: Comparison = { label: 'x', expected: side('1'), actual: side('2'), equal: false };

const cell = (tier: Tier, check: Cell['check'] = 'package-hash', component: Cell['component'] = 'guestos'): Cell => ({
  check,
  component,
  tier,
  phase: 'before-build',
  needs: [],
  comparesBytes: component !== null && (check === 'package-hash' || check === 'build-reproduces'),
});

/** Required is, where a case says nothing else, what has a cell that must be verified. */
function decide(
  planned: readonly Cell[],
  results: readonly CheckResult[],
  blocker: Blocker | null,
  required = planned.flatMap(({ tier, component }) => (tier === 'authoritative' && component ? [component] : [])),
): ReturnType<typeof decideOver> {
  return decideOver({ planned, required }, results, blocker);
}

function result(of: Cell, outcome: Judged['outcome'], overrides: Partial<Judged> = {}): CheckResult {
  return {
    check: of.check,
    component: of.component,
    tier: of.tier,
    title: '',
    outcome,
    reason: outcome === 'inconclusive' ? 'unreachable' : null,
    sentence: '',
    comparisons: outcome === 'mismatch' ? [UNEQUAL] : [EQUAL],
    findings: [],
    caveats: [],
    localOnly: false,
    confirmed: false,
    ...overrides,
  };
}

const [hash, sums, mirrors, lint] = [
  cell('authoritative'),
  cell('authoritative', 'sums-list-artifact'),
  cell('corroborating', 'mirrors-agree'),
  cell('advisory', 'payload-lint', null),
];

describe('the rule', () => {
  it('verifies when every authoritative cell is verified, whatever gaps the others have', () => {
    const results = [result(hash, 'verified'), result(sums, 'verified'), result(mirrors, 'inconclusive')];
    const verified = { outcome: 'verified', reason: null, reasons: [], confirmed: null };
    expect(decide([hash, sums, mirrors, lint], results, null)).toEqual(verified);
    expect(decide([hash], [result(hash, 'verified')], null)).toEqual(verified);
  });

  it('never verifies over nothing, over no authoritative cell, or over a missing one', () => {
    for (const planned of [[], [mirrors], [lint], [mirrors, lint]]) {
      const results = planned.map((each) => result(each, 'verified'));
      expect(decide(planned, results, null)).toMatchObject({ outcome: 'inconclusive', reason: 'nothing-to-build' });
    }
    expect(decide([hash, sums], [result(hash, 'verified')], null)).toEqual({
      outcome: 'inconclusive',
      reason: 'not-built',
      reasons: ['not-built'],
      confirmed: null,
    });
  });

  it('never verifies a component over refs, lists and signatures alone', () => {
    const refs = cell('authoritative', 'commit-on-release-ref', null);
    for (const planned of [[refs], [sums], [refs, sums], [refs, sums, mirrors, lint]]) {
      const results = planned.map((each) => result(each, 'verified'));
      const open = { outcome: 'inconclusive', reason: 'not-published', reasons: ['not-published'] };
      expect(decide(planned, results, null, ['guestos'])).toMatchObject(open);
      expect(decide(planned, results, null, []).outcome).toBe('inconclusive');
      expect(decide([...planned, hash], [...results, result(hash, 'verified')], null, ['guestos']).outcome).toBe(
        'verified',
      );
    }
  });

  it('wants bytes of each required component, and takes none of another one or tier for them', () => {
    const of = (component: Cell['component'], tier: Tier = 'authoritative') => cell(tier, 'package-hash', component);
    for (const other of [of('hostos'), of(null), of('recovery', 'corroborating'), of('recovery', 'advisory')]) {
      const planned = [hash, other];
      const results = planned.map((each) => result(each, 'verified'));
      expect(decide(planned, results, null, ['guestos', 'recovery'])).toMatchObject({ reasons: ['not-published'] });
    }
    const both = [hash, of('recovery')];
    const results = both.map((each) => result(each, 'verified'));
    expect(decide(both, results, null, ['guestos', 'recovery']).outcome).toBe('verified');
    const half = [result(hash, 'verified'), result(of('recovery'), 'inconclusive')];
    expect(decide(both, half, null, ['guestos', 'recovery']).reasons).toEqual(['unreachable']);
  });

  it('does not count an answer to another question, nor one that was skipped', () => {
    const others = [cell('authoritative', 'package-hash', 'hostos'), cell('authoritative', 'package-hash', null), sums];
    for (const other of others) {
      expect(decide([hash], [result(other, 'verified')], null).outcome).toBe('inconclusive');
      expect(decide([hash], [result(hash, 'verified'), result(other, 'mismatch')], null).outcome).toBe('verified');
    }
    const skipped: CheckResult = { ...hash, title: '', outcome: 'skipped', sentence: '' };
    expect(decide([hash], [skipped], null).outcome).toBe('inconclusive');
    expect(decide([hash], [skipped, result(hash, 'verified')], null).outcome).toBe('verified');
  });

  it('counts two answers for one cell as none, but never loses a mismatch among them', () => {
    const verified = result(hash, 'verified');
    expect(decide([hash], [verified, verified], null).outcome).toBe('inconclusive');
    expect(decide([hash], [verified, result(hash, 'mismatch')], null).outcome).toBe('mismatch');
  });

  it('wants a verified cell to show an equal comparison and none that contradicts it', () => {
    const over = (comparisons: readonly Comparison[]) =>
      decide([hash], [result(hash, 'verified', { comparisons })], null).outcome;
    expect(over([EQUAL, UNSEEN])).toBe('verified');
    expect(over([{ ...UNSEEN, expected: side(null), actual: side('1') }, EQUAL])).toBe('verified');
    expect(over([])).toBe('inconclusive');
    expect(over([UNSEEN])).toBe('inconclusive');
    expect(over([EQUAL, UNEQUAL])).toBe('inconclusive');
  });

  it.each([hash, mirrors])('says mismatch for one of an authoritative or corroborating cell (%#)', (bad) => {
    const results = [hash, sums, mirrors].map((each) => result(each, each === bad ? 'mismatch' : 'verified'));
    const mismatch = { outcome: 'mismatch', reason: null, reasons: [], confirmed: true };
    expect(decide([hash, sums, mirrors], results, null)).toEqual(mismatch);
    expect(decide([hash, sums, mirrors], results, { reason: 'not-an-election', sentence: '' })).toEqual(mismatch);
  });

  it('lets advice change nothing, by the tier that was planned', () => {
    const verified = result(hash, 'verified');
    for (const outcome of ['mismatch', 'inconclusive', 'verified'] as const) {
      expect(decide([hash, lint], [verified, result(lint, outcome)], null).outcome).toBe('verified');
      expect(decide([hash, lint], [verified, result(lint, outcome, { tier: 'authoritative' })], null).outcome).toBe(
        'verified',
      );
    }
    expect(decide([hash], [result(hash, 'inconclusive', { tier: 'advisory' })], null).outcome).toBe('inconclusive');
  });

  it('is unconfirmed only while every mismatch is local and not built again', () => {
    const confirmed = (...mismatches: Partial<Judged>[]) =>
      decide(
        [hash, sums],
        [hash, sums].map((each, index) => result(each, 'mismatch', mismatches[index])),
        null,
      ).confirmed;
    const local = { localOnly: true };
    const again = { localOnly: true, confirmed: true };
    expect(confirmed(local, local)).toBe(false);
    expect(confirmed(local, again)).toBe(true);
    expect(confirmed(local, {})).toBe(true);
    expect(confirmed(again, again)).toBe(true);
  });

  it('names every reason in the contract’s order, the first as the verdict’s', () => {
    const pairs: [Reason, Reason][] = REASONS.flatMap((first, index) =>
      REASONS.slice(index + 1).map((second): [Reason, Reason] => [first, second]),
    );
    for (const [first, second] of pairs) {
      const results = [
        result(hash, 'inconclusive', { reason: second }),
        result(sums, 'inconclusive', { reason: first }),
      ];
      expect(decide([hash, sums], results, null)).toMatchObject({ reason: first, reasons: [first, second] });
    }
    const same = [hash, sums].map((each) => result(each, 'inconclusive'));
    expect(decide([hash, sums], same, null).reasons).toEqual(['unreachable']);
    const gap = [result(hash, 'inconclusive'), result(mirrors, 'inconclusive', { reason: 'not-published' })];
    expect(decide([hash, mirrors], gap, null).reasons).toEqual(['unreachable']);
  });

  it('never verifies while something blocks the question', () => {
    const blocker = { reason: 'malformed-payload', sentence: '' } as const;
    const expected = { outcome: 'inconclusive', reason: 'malformed-payload', reasons: ['malformed-payload'] };
    expect(decide([hash], [result(hash, 'verified')], blocker)).toMatchObject(expected);
    expect(decide([], [], blocker)).toMatchObject(expected);
    expect(decide([hash], [], blocker).reasons).toEqual(['malformed-payload', 'not-built']);
  });

  it('holds for any cells and results', () => {
    const tiers = fc.constantFrom<Tier>('authoritative', 'corroborating', 'advisory');
    const outcomes = fc.constantFrom<Judged['outcome'] | null>('verified', 'mismatch', 'inconclusive', null);
    const components = ['guestos', 'hostos', 'setupos', 'recovery', null] as const;
    const row = fc.record({ tier: tiers, outcome: outcomes });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
        const planned = rows.map(({ tier }, index) => cell(tier, 'package-hash', components[index] ?? null));
        const results = rows.flatMap(({ outcome }, index) => (outcome ? [result(planned[index]!, outcome)] : []));
        const { outcome, reason, reasons, confirmed } = decide(planned, results, null);
        const counted = rows.filter(({ tier }) => tier !== 'advisory');
        const authoritative = rows.filter(({ tier }) => tier === 'authoritative');
        const wrong = counted.some((each) => each.outcome === 'mismatch');
        const isBound = planned.some(({ tier, component }) => tier === 'authoritative' && component !== null);
        const right = isBound && authoritative.every((each) => each.outcome === 'verified');
        expect(outcome).toBe(wrong ? 'mismatch' : right ? 'verified' : 'inconclusive');
        expect(reason === null).toBe(outcome !== 'inconclusive');
        expect(reasons[0] ?? null).toBe(reason);
        expect(confirmed === null).toBe(outcome !== 'mismatch');
      }),
    );
  });
});
