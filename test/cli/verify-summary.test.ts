import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { verifySummary } from '../../src/cli/verify-summary.ts';
import { widthOf, wrapped } from '../../src/cli/wrapped.ts';
import type { Shown } from '../../src/cli/verify-text.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { COMMIT, proposal } from '../support/evidence.ts';
import { HOSTILE } from '../notify/hostile.ts';
import { everyVerdict, type Judged } from '../support/verdicts.ts';

const NOW = 1_790_000_000_000;
const WIDTHS = [80, 100, 140];

function summary(judged: Judged, width = 80, changes: Partial<Shown & { verdict: Verdict }> = {}): string[] {
  const { evidence, verdict, proposal: about, scope } = judged;
  const around = { network: 'mainnet', toolVersion: '0.1.0', commit: COMMIT, seconds: 5025 };
  const shown = { ...around, proposal: about, evidence, verdict, scope, ...changes };
  const text = verifySummary(shown, { width, now: NOW });
  expect(text.endsWith('\n')).toBe(true);
  return stripVTControlCharacters(text).slice(0, -1).split('\n');
}

const all = everyVerdict();
const find = (name: string): Judged => all.find((each) => each.name === name)!;
const good = find('a GuestOS election, good');
const widest = (lines: readonly string[]): number => Math.max(...lines.map((line) => stringWidth(line)));

describe('the end of verify', () => {
  it.each(WIDTHS)('is no wider than %d columns, and 40 lines where it is verified', (width) => {
    // All of them at the usual width.
    for (const judged of all.filter((_, at) => width === 80 || at % 7 === 0)) {
      const lines = summary(judged, width);
      expect([judged.name, widest(lines) <= width]).toEqual([judged.name, true]);
      if (judged.verdict.outcome === 'verified') expect([judged.name, lines.length <= 40]).toEqual([judged.name, true]);
      // The verdict is the last word, after an empty line.
      const last = lines.slice(lines.lastIndexOf('') + 1).join(' ');
      expect(last.replaceAll(' ', '')).toBe(judged.verdict.headline.replaceAll(' ', ''));
    }
  });

  it('shows each component by each side', () => {
    const text = summary(good).join('\n');
    expect(text).toMatch(/^ +proposal +mirrors +build +measurements +attestation$/m);
    expect(text).toMatch(/^GuestOS +✔ +✔ +✔ +✔ +✔$/m);
    expect(text).toMatch(/^HostOS +- +✔ +✔ +- +✔$/m);
    expect(text).toContain('nns-watch 0.1.0 · proposal 143816 (GuestOS) on the Internet Computer’s mainnet');
    expect(text).toContain('Total time: 1h 23m 45s\n\nVERIFIED: ');
    expect(text).not.toMatch(/✖|\? /);
  });

  it('marks what differs and what is open, and never ticks it', () => {
    for (const [name, row] of [
      ['image altered', /^GuestOS +✖/m],
      ['local-image altered', /^GuestOS +✔ +✔ +✖ +✔ +✔$/m],
      ['local-image down', /^GuestOS +✔ +✔ +\? +✔ +✔$/m],
      ['local-measurements altered', /^GuestOS +✔ +✔ +✔ +✖ +✔$/m],
      ['nothing', /^GuestOS +\? +\? +\? +\? +\?$/m],
    ] as const) {
      const lines = summary(find(`a GuestOS election, ${name}`));
      expect([name, row.test(lines.join('\n'))]).toEqual([name, true]);
    }
  });

  it('shows a failure with both sides in full', () => {
    for (const judged of all.filter(({ verdict }) => verdict.outcome === 'mismatch')) {
      const text = summary(judged).join('').replaceAll(' ', '');
      const [first] = judged.verdict.results.flatMap((result) =>
        result.outcome === 'mismatch' && result.tier !== 'advisory'
          ? result.comparisons.filter(({ expected, actual, equal }) => expected.value && actual.value && !equal)
          : [],
      );
      for (const side of [first?.expected, first?.actual]) {
        expect([judged.name, text.includes((side?.value ?? '').replaceAll(' ', ''))]).toEqual([judged.name, true]);
      }
      expect(judged.proposal === null || text.includes('Donotadoptuntilthisisexplained.')).toBe(true);
    }
  });

  it('counts what has no room, the serious first, and never loses the verdict', () => {
    const finding = (severity: 'info' | 'warning' | 'serious', at: number) => ({
      id: `x/${at}`,
      severity,
      sentence: `${severity} ${at} ${'word '.repeat(30)}`,
    });
    const findings = [...Array.from({ length: 60 }, (_, at) => finding('info', at)), finding('serious', 99)];
    const verdict = { ...good.verdict, findings, headline: `VERIFIED: ${'long '.repeat(180)}end` };
    const lines = summary(good, 80, { verdict, network: `NOT MAINNET: ${'IC_ROOT_KEY, '.repeat(20)}` });
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(lines.join(' ')).toMatch(/serious: serious 99/);
    expect(lines.join('\n')).toMatch(/… \d+ more lines: --full/);
    expect(lines[0]).toMatch(/^NOT MAINNET/);
    expect(lines.at(-1)).toMatch(/end$/);
  });

  it('says each thing once', () => {
    const sentence = 'The same sentence.';
    const verdict = {
      ...good.verdict,
      findings: [{ id: 'a/b', severity: 'warning' as const, sentence }],
      caveats: [{ id: 'a/b', sentence }],
    };
    expect(summary(good, 80, { verdict }).join('\n').split(sentence)).toHaveLength(2);
  });

  it.each(HOSTILE.map((title) => ({ title })))('cannot be made to look different by $title', ({ title }) => {
    const lines = summary(good, 80, { proposal: proposal({ title }) });
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(widest(lines)).toBeLessThanOrEqual(80);
    expect(lines.filter((line) => /^\S*\s*VERIFIED/.test(line))).toHaveLength(1);
    expect(lines.join('\n')).not.toMatch(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/,
    );
  });

  it.each(WIDTHS)('looks as it did at %d columns', async (width) => {
    const shown = ['good', 'local-image altered', 'local-image down'].map((fate) =>
      summary(find(`a GuestOS election, ${fate}`), width).join('\n'),
    );
    await expect(`${shown.join(`\n\n${'='.repeat(width)}\n\n`)}\n`).toMatchFileSnapshot(
      `../pictures/verify-${width}.txt`,
    );
  });
});

describe('the width of a terminal', () => {
  it('is 80 where nobody says it, and never so small that nothing can be read', () => {
    expect([{}, { columns: 0 }, { columns: 132 }, { columns: 3 }].map(widthOf)).toEqual([80, 80, 132, 20]);
  });

  it('counts what is twice as wide as it is', () => {
    for (const line of wrapped('電'.repeat(100), 21, 2)) expect(stringWidth(line)).toBeLessThanOrEqual(21);
  });
});
