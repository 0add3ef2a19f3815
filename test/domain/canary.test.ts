import { describe, expect, it } from 'vitest';
import { canaryNote, canaryState, canaryTrouble, type CanaryRun, type JudgedCase } from '../../src/domain/canary.ts';
import type { Outcome } from '../../src/domain/check.ts';
import { PROPOSAL_ID } from '../support/evidence.ts';

const cases = (original: Outcome, hash: Outcome, byte: Outcome): readonly JudgedCase[] => [
  { name: 'as-verified', expected: 'verified', outcome: original, headline: '' },
  { name: 'hash-altered', expected: 'mismatch', outcome: hash, headline: '' },
  { name: 'byte-altered', expected: 'mismatch', outcome: byte, headline: '' },
];
const OUTCOMES = ['verified', 'mismatch', 'inconclusive'] as const;
const DAY = 86_400_000;
const run = (state: CanaryRun['state'], atMs = 0): CanaryRun => ({
  proposalId: PROPOSAL_ID,
  state,
  cases: cases('verified', 'verified', 'mismatch'),
  atMs,
});

describe('the state of a canary', () => {
  it('is right for one combination only, and open only where nothing that is altered passes', () => {
    const all = OUTCOMES.flatMap((a) => OUTCOMES.flatMap((b) => OUTCOMES.map((c) => [a, b, c] as const)));
    const right = all.filter((each) => canaryState(cases(...each)) === 'right');
    expect(right).toEqual([['verified', 'mismatch', 'mismatch']]);
    const open = all.filter((each) => canaryState(cases(...each)) === 'open');
    expect(open.every(([original, ...altered]) => original === 'inconclusive' && !altered.includes('verified'))).toBe(
      true,
    );
    expect(canaryState([])).toBe('wrong');
    expect(canaryState(cases('verified', 'mismatch', 'mismatch').slice(0, 2))).toBe('wrong');
  });
});

describe('trouble with the canary', () => {
  it('is a wrong judgement, or none for more than ten days since there was something to judge', () => {
    expect(canaryTrouble(run('right'), 0, 10 * DAY)).toBeNull();
    expect(canaryTrouble(run('right'), 0, 10 * DAY + 1)).toContain('10 d');
    expect(canaryTrouble(null, 5 * DAY, 15 * DAY)).toBeNull();
    expect(canaryTrouble(null, 5 * DAY, 15 * DAY + 1)).toContain('No canary');
    expect(canaryTrouble(run('wrong', 9 * DAY), 0, 10 * DAY)).toContain('altered is verified, and must be mismatch');
  });

  it('is noted with its age', () => {
    expect(canaryNote(run('right'), 2 * DAY)).toBe('Canary: judged as expected 2 d ago.');
  });
});
