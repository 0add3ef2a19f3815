import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/domain/check.ts';
import { scopeOf, type Question } from '../../../src/verify/plan.ts';
import { perComponent, retiresOf } from '../../../src/verify/rules/cells.ts';
import { bounded, compare, contradicts, listing, quote } from '../../../src/verify/rules/compare.ts';
import { advice } from '../../../src/verify/rules/judgement.ts';
import { weigh } from '../../../src/verify/rules/local-build.ts';
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
  it.each([
    [[], ['a'], { says: 'nothing' }],
    [['a'], [], { says: 'nothing' }],
    [['a'], ['a'], { says: 'same', varied: false }],
    [['a', 'a'], ['a', 'a'], { says: 'same', varied: false }],
    [['b', 'a'], ['a'], { says: 'same', varied: true }],
    [['a', 'b'], ['a'], { says: 'same', varied: true }],
    [['b'], ['a'], { says: 'differs', confirmed: false }],
    [['b', 'b'], ['a'], { says: 'differs', confirmed: true }],
    [['b', 'c'], ['a'], { says: 'varies' }],
    [['a'], ['a', 'b'], { says: 'differs', confirmed: false }],
    [['a', 'b'], ['a', 'b'], { says: 'varies' }],
  ])('of %j against %j is %j', (built, published, says) => {
    expect(weigh(built, published)).toEqual(says);
  });
});
