import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/domain/verdict.ts';
import { headline } from '../../src/verify/judge-headline.ts';
import type { CellResult } from '../../src/verify/rules/judgement.ts';
import { COMMIT } from '../support/evidence.ts';
import { World } from '../support/world.ts';

const { scope } = new World();
const VERIFIED: Decision = { outcome: 'verified', reason: null, reasons: [], confirmed: null };
const MISMATCH: Decision = { outcome: 'mismatch', reason: null, reasons: [], confirmed: true };
const OPEN: Decision = { outcome: 'inconclusive', reason: 'unreachable', reasons: ['unreachable'], confirmed: null };

const cell = (given: Partial<CellResult>): CellResult =>
  ({
    ...{ check: 'package-hash', component: 'guestos', tier: 'authoritative', title: 'title', reason: null },
    ...{ localOnly: false, confirmed: false, comparisons: [], findings: [], caveats: [] },
    ...given,
  }) as CellResult;
const line = (decision: Decision, judged: readonly CellResult[] = [], more: object = {}): string =>
  headline({ scope, decision, judged, blocker: null, findings: [], caveats: [], ...more });

describe('the headline', () => {
  it('of a mismatch is never that of advice', () => {
    const judged = [
      cell({ tier: 'advisory', outcome: 'mismatch', sentence: 'Advice.' }),
      cell({ outcome: 'mismatch', sentence: 'The hash differs.' }),
    ];
    expect(line(MISMATCH, judged)).toBe('MISMATCH: The hash differs.');
  });

  it('of a mismatch counts the contradictions where there are several', () => {
    const one = cell({ outcome: 'mismatch', sentence: 'It differs.' });
    expect(line(MISMATCH, [one])).toBe('MISMATCH: It differs.');
    expect(line(MISMATCH, [one, one])).toBe('MISMATCH: It differs. (2 contradictions in all)');
  });

  it('of what is open is the first authoritative sentence with the reason of the verdict', () => {
    const judged = [
      cell({ tier: 'corroborating', outcome: 'inconclusive', reason: 'unreachable', sentence: 'A mirror.' }),
      cell({ outcome: 'inconclusive', reason: 'not-built', sentence: 'Not built.' }),
      cell({ outcome: 'inconclusive', reason: 'unreachable', sentence: 'All mirrors.' }),
    ];
    expect(line(OPEN, judged)).toBe('INCONCLUSIVE (unreachable): All mirrors.');
  });

  it('takes the words of a blocker only where its reason is the verdict’s', () => {
    const judged = [cell({ outcome: 'inconclusive', reason: 'unreachable', sentence: 'All mirrors.' })];
    const blocker = (reason: string) => ({ blocker: { reason, sentence: 'Blocked.' } });
    expect(line(OPEN, judged, blocker('unreachable'))).toBe('INCONCLUSIVE (unreachable): Blocked.');
    expect(line(OPEN, judged, blocker('nothing-to-build'))).toBe('INCONCLUSIVE (unreachable): All mirrors.');
  });

  it('never breaks where something that should be there is not', () => {
    const commit = { ...scope, commit: null };
    expect(line(VERIFIED, [], { scope: null })).toBe('VERIFIED:  image reproduces from commit unknown.');
    expect(line(VERIFIED, [], { scope: commit })).toContain('from commit unknown');
    expect(line(VERIFIED)).toContain(`GuestOS image of proposal 143816 reproduces from commit ${COMMIT.slice(0, 10)}`);
    expect(line(MISMATCH)).toBe('MISMATCH: Two observed values differ.');
    expect(line(OPEN)).toBe('INCONCLUSIVE (unreachable): Not everything that was requested could be compared.');
    expect(line({ ...OPEN, reason: null })).toMatch(/^INCONCLUSIVE \(not-built\): /);
  });

  it('names a caveat that its check marks for it, and no other', () => {
    const told = (...caveats: object[]) => line(VERIFIED, [], { caveats }).split(/from commit \w+\. /)[1];
    const marked = (sentence: string) => ({ id: 'x/y', sentence, inHeadline: true });
    expect(told({ id: 'x/y', sentence: 'A mirror is down.' })).toBeUndefined();
    expect(told(marked('One was not fetched.'), { id: 'x/y', sentence: 'Down.' })).toBe('One was not fetched.');
    expect(told(...'ABC'.split('').map((name) => marked(`${name}.`)))).toBe('A. B. 1 more caveat.');
    expect(told(marked('x'.repeat(500)))).toBe(`${'x'.repeat(239)}…`);
  });

  it('keeps room for every warning, however long a stranger’s text is', () => {
    const finding = (sentence: string) => ({ id: 'x/y', severity: 'serious', sentence });
    const findings = [finding('x'.repeat(5000)), finding('B.'), finding('C.')];
    expect(line(VERIFIED, [], { findings })).toMatch(/ WARNING: x{239}… WARNING: B\. 1 more serious finding\.$/);
  });
});
