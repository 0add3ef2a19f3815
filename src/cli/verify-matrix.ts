import type { CheckId, CheckResult } from '../domain/check.ts';
import { COMPONENTS } from '../domain/component.ts';
import type { Mark } from '../domain/marks.ts';
import { plainText } from '../domain/text.ts';
import { sign } from './marks.ts';
import { columns } from './wrapped.ts';

/** The sides of a release, and the checks that hold each against the others. */
const SIDES: readonly (readonly [side: string, checks: readonly string[]])[] = [
  ['proposal', ['package-hash']],
  ['mirrors', ['sums-list-artifact', 'mirrors-agree']],
  ['build', ['build-reproduces']],
  ['measurements', ['measurements-match', 'measurements-from-image']],
  ['attestation', ['provenance']],
];

/** Component by side. A cell is as good as the worst that was said of it, and open where nothing was. */
export function matrixLines(results: readonly CheckResult[]): string[] {
  const rows = COMPONENTS.flatMap(({ component, label }) => {
    const mine = results.filter((result) => result.component === component);
    return mine.length === 0 ? [] : [[label, ...SIDES.map(([, checks]) => sign(markOf(mine, checks)))]];
  });
  if (rows.length === 0) return [];
  return columns([['', ...SIDES.map(([side]) => side)], ...rows]);
}

function markOf(results: readonly CheckResult[], checks: readonly string[]): Mark {
  const said = results.filter(({ check }) => checks.includes(check)).map(({ outcome }) => outcome);
  return (['mismatch', 'inconclusive', 'verified'] as const).find((mark) => said.includes(mark)) ?? 'skipped';
}

/** Of the commit as a whole, which no component has by itself. */
export function sourceLine(results: readonly CheckResult[]): string[] {
  const check: CheckId = 'commit-on-release-ref';
  return results
    .filter((result) => result.check === check && result.component === null)
    .map(({ outcome, sentence }) => `${sign(outcome)} Source: ${plainText(sentence, 300)}`);
}
