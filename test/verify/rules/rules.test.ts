import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/domain/check.ts';
import { scopeOf, type Question } from '../../../src/verify/plan.ts';
import { perComponent, retiresOf } from '../../../src/verify/rules/cells.ts';
import { bounded } from '../../../src/domain/bounded.ts';
import { compare, contradicts, listing, quote } from '../../../src/verify/rules/compare.ts';
import { advice } from '../../../src/verify/rules/judgement.ts';
import { chooseAttempt, weigh } from '../../../src/verify/rules/local-build.ts';
import { hostOf } from '../../../src/verify/rules/published.ts';
import { firstGap, publishedReason } from '../../../src/verify/rules/reasons.ts';
import {
  ABSENT,
  COMMIT_SUBJECT,
  election,
  missing,
  proposal,
  question,
  retireOnly,
  seen,
} from '../../support/evidence.ts';

const side = (value: string | null) => ({ value, source: 'x' });

describe('a comparison', () => {
  it('is equal only if both sides were observed, and contradicts only then', () => {
    const all = ['a', 'b', null].flatMap((left) =>
      ['a', 'b', null].map((right) => compare('x', side(left), side(right))),
    );
    for (const each of all) {
      const { value: left } = each.expected;
      const { value: right } = each.actual;
      expect(each.equal).toBe(left !== null && left === right);
      expect(contradicts(each)).toBe(left !== null && right !== null && left !== right);
    }
  });
});

describe('strangers’ text', () => {
  it('is bounded with a mark, and never cut within a character', () => {
    expect(bounded('abcde', 5)).toBe('abcde');
    expect(bounded('abcdef', 5)).toBe('abcd…');
    expect(bounded('abc😀😀', 5)).toBe('abc…');
    expect(bounded('😀abcde', 5)).toBe('😀ab…');
    expect(quote('x'.repeat(500))).toHaveLength(82);
  });

  it('is listed as people list things', () => {
    expect([listing([]), listing(['a']), listing(['a', 'b']), listing(['a', 'b', 'c'])]).toEqual([
      '',
      'a',
      'a and b',
      'a, b and c',
    ]);
  });
});

describe('a cell', () => {
  it.each([
    ['authoritative', ['authoritative', 'corroborating', 'corroborating', 'corroborating']],
    ['advisory', ['advisory', 'advisory', 'advisory', 'advisory']],
  ] as const)('about a component that nobody asked for is never more than corroborating: %s', (tier, expected) => {
    const identity = { id: 'package-hash', tier, phase: 'before-build' } as const;
    const { cells } = perComponent(identity, scopeOf(question()), () => ({ needs: [] }));
    expect(cells.map((cell) => cell.tier)).toEqual(expected);
  });
});

describe('the versions to retire', () => {
  const retires = (subject: Question['subject']) => retiresOf(scopeOf(question({ subject })));

  it('are known, though there may be none, or there is nothing that could retire any', () => {
    expect(retires(retireOnly(['x']))).toEqual(['x']);
    expect(retires(election())).toEqual([]);
    expect(retires(COMMIT_SUBJECT)).toBeNull();
    const other = proposal({ action: { kind: 'other' } });
    expect(retires({ mode: 'proposal', proposal: other, version: null })).toBeNull();
  });
});

describe('a place', () => {
  it('is told by its host, and as it is where it is no URL', () => {
    expect(hostOf('https://download.dfinity.network/ic/x/SHA256SUMS')).toBe('download.dfinity.network');
    expect(hostOf('no URL')).toBe('no URL');
  });
});

describe('a gap', () => {
  it('is "not published" only where every place that was asked said so', () => {
    expect(publishedReason([ABSENT, ABSENT])).toBe('not-published');
    for (const looks of [[], [undefined], [ABSENT, undefined], [ABSENT, missing()], [ABSENT, seen(1)], [missing()]]) {
      expect(publishedReason(looks)).toBe('unreachable');
    }
  });

  it('is told first by the contract’s order, then by the order of the plan', () => {
    const gap = (reason: 'unlisted' | 'unreachable', sentence: string) => ({ reason, sentence });
    expect(firstGap([gap('unreachable', 'a'), gap('unlisted', 'b'), gap('unlisted', 'c')]).sentence).toBe('b');
    expect(firstGap([gap('unlisted', 'a')]).sentence).toBe('a');
  });
});

describe('advice', () => {
  it('stays silent for what is only informative', () => {
    const finding = (severity: Finding['severity']): Finding => ({
      id: 'payload-lint/x',
      severity,
      sentence: severity,
    });
    expect(advice('quiet', [finding('info')])).toMatchObject({
      outcome: 'verified',
      sentence: 'quiet',
      findings: [{}],
    });
    const loud = advice('quiet', [finding('info'), finding('warning'), finding('serious')]);
    expect(loud).toMatchObject({ outcome: 'inconclusive', reason: null, sentence: 'warning serious' });
    expect(loud.findings).toHaveLength(3);
  });
});

describe('the weight of local builds', () => {
  const weighed = (outputs: readonly (readonly (string | null)[])[]) => {
    const standings = outputs.map((values) =>
      values.map((value) => (value === null ? 'none' : value === 'a' ? 'same' : 'differs')),
    );
    const chosen = chooseAttempt(standings);
    return outputs.map((values, index) => weigh({ values, standings: standings[index] ?? [] }, chosen));
  };
  const nothing = { says: 'nothing' };
  const same = { says: 'same', tookBack: false };
  const back = { says: 'same', tookBack: true };
  const differs = { says: 'differs', confirmed: false };
  const twice = { says: 'differs', confirmed: true };
  const half = { says: 'varies', reproducedOnce: true };
  const varies = { says: 'varies', reproducedOnce: false };

  it.each([
    [[[null, null]], [nothing]],
    [[['a', null]], [same]],
    [[['a', 'a']], [same]],
    [[['b', 'a']], [back]],
    [[['a', 'b']], [back]],
    [[['b', null]], [differs]],
    [[[null, 'b']], [differs]],
    [[['b', 'b']], [twice]],
    [[['b', 'c']], [varies]],
    // What one build has right and another wrong is never put together.
    [
      [
        ['a', 'b'],
        ['b', 'a'],
      ],
      [half, half],
    ],
    [
      [
        ['b', 'a'],
        ['a', null],
      ],
      [back, nothing],
    ],
    [
      [
        ['b', 'a'],
        ['a', 'a'],
      ],
      [back, same],
    ],
    [
      [
        ['b', 'c'],
        ['a', 'a'],
      ],
      [varies, same],
    ],
    [
      [
        ['b', 'c'],
        [null, 'a'],
      ],
      [varies, nothing],
    ],
    [
      [
        ['b', null],
        ['a', 'a'],
      ],
      [differs, same],
    ],
    [
      [
        ['b', null],
        ['b', 'a'],
      ],
      [differs, back],
    ],
    [
      [
        ['a', 'a'],
        ['a', 'a'],
        ['b', 'a'],
      ],
      [same, same, back],
    ],
    [
      [
        ['a', 'b'],
        ['a', 'a'],
        ['b', 'a'],
      ],
      [half, same, half],
    ],
  ] as const)('of %j is %j', (outputs, says) => {
    expect(weighed(outputs)).toEqual(says);
  });

  it('never makes one release of two builds', () => {
    const value = fc.constantFrom<string | null>('a', 'b', 'c', null);
    const output = fc.tuple(value, value);
    fc.assert(
      fc.property(fc.array(output, { minLength: 1, maxLength: 4 }), (outputs) => {
        const all = weighed(outputs).every(({ says }) => says === 'same');
        const oneBuild = [0, 1].some((at) => outputs.every((values) => values[at] === 'a'));
        expect(all).toBe(oneBuild);
      }),
      { numRuns: 2000 },
    );
  });
});
