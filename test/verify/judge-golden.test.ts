import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/domain/verdict.ts';
import { COMMIT, OTHER_COMMIT } from '../support/evidence.ts';
import { World } from '../support/world.ts';
import { FATES, meet, QUESTIONS } from '../support/fates.ts';
import { SPECIAL } from '../support/special-cases.ts';

/**
 * Every word of every verdict, over worlds in which one thing is wrong: what a change of the rules changes shows in
 * the difference of these files. After a change that is meant: `vitest run test/verify/judge-golden.test.ts --update`.
 */
type Comparisons = NonNullable<Extract<Verdict['results'][number], { comparisons: unknown }>['comparisons']>;

function linesOf(verdict: Verdict): string[] {
  const { outcome, reasons, confirmed, headline, results, findings, caveats } = verdict;
  const told = results.flatMap((result) => {
    const about = `${result.check}/${result.component ?? '-'} (${result.tier}) “${result.title}”`;
    if (result.outcome === 'skipped') return [`${about} skipped: ${result.sentence}`];
    const reason = result.reason === null ? '' : ` ${result.reason}`;
    return [`${about} ${result.outcome}${reason}: ${result.sentence}`, ...result.comparisons.map(comparison)];
  });
  return [
    `${outcome} [${reasons.join(', ')}] confirmed ${confirmed} ${headline}`,
    ...told,
    ...findings.map(({ id, severity, sentence }) => `finding ${severity} ${id}: ${sentence}`),
    ...caveats.map(({ id, sentence }) => `caveat ${id}: ${sentence}`),
  ];
}

function planOf({ plan }: World): string[] {
  return plan.cells.flatMap(({ check, component, tier, phase, needs }) => [
    `${check}/${component ?? '-'} (${tier}, ${phase}) needs`,
    ...needs.map((each) => `  ${each.kind} ${each.subject}`),
  ]);
}

function comparison({ label, expected, actual, equal }: Comparisons[number]): string {
  const side = ({ value, source }: typeof expected): string => `${value ?? '(none)'} <${source}>`;
  return `  ${equal ? '=' : '≠'} ${label}: ${side(expected)} | ${side(actual)}`;
}

/** Only what is not as in the honest world. */
function difference(honest: Verdict, verdict: Verdict): string {
  const known = new Set(linesOf(honest));
  const news = linesOf(verdict).filter((line) => !known.has(line));
  const lost = linesOf(honest).filter((line) => !linesOf(verdict).includes(line)).length;
  return news.length + lost === 0 ? '  nothing changes' : [...news, `(${lost} lines less)`].join('\n');
}

/** Hashes by their ends, hosts by their names. */
const short = (text: string): string =>
  text
    .replaceAll(COMMIT, 'COMMIT')
    .replaceAll(OTHER_COMMIT, 'OTHER')
    .replace(/\b([0-9a-f]{6})[0-9a-f]{20,}([0-9a-f]{4})\b/g, '$1…$2')
    .replace(/https:\/\/download\.dfinity\.(systems|network)\/ic\/COMMIT\//g, '$1:');
/** What is done to these is done to the others alike. */
const ALIKE = /host-os|setup-os|recovery|\/(?:hostos|setupos)/;

describe('every word of a verdict', () => {
  it.each(QUESTIONS)('about %s', async (name, overrides) => {
    const honest = new World(overrides).verdict();
    const parts = [`== plan\n${planOf(new World(overrides)).join('\n')}`, `== honest\n${linesOf(honest).join('\n')}`];
    const keys = name === 'a GuestOS election' ? new World(overrides).keys() : [];
    for (const each of keys.filter(({ subject }) => !ALIKE.test(subject))) {
      for (const fate of FATES.filter((one) => one !== 'good')) {
        const changed = new World(overrides);
        meet(changed, each, fate);
        parts.push(`== ${fate}: ${each.kind} ${each.subject}\n${difference(honest, changed.verdict())}`);
      }
    }
    const file = `./golden/${name.replaceAll(' ', '-')}.txt`;
    await expect(`${short(parts.join('\n\n'))}\n`).toMatchFileSnapshot(file);
  });

  it('in special cases', async () => {
    const honest = new World().verdict();
    const parts = SPECIAL.map(([name, world]) => `== ${name}\n${difference(honest, world.verdict())}`);
    await expect(`${short(parts.join('\n\n'))}\n`).toMatchFileSnapshot('./golden/special-cases.txt');
  });
});
