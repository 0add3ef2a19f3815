import { COMPONENTS, type Component } from '../domain/component.ts';
import { codeSpan } from './escape.ts';
import { shortDigest } from './message-parts.ts';
import type { CheckView, VerdictView } from './verdict-view.ts';

type Mark = CheckView['outcome'];
const SIGNS: Readonly<Record<Mark, string>> = { verified: '✔', mismatch: '✖', inconclusive: '?', skipped: '–' };

/** A side of the table: the checks that hold it against the others, and the digests that were seen there. */
interface Side {
  readonly head: string;
  readonly checks: readonly string[];
  readonly digests: (check: CheckView) => readonly (string | null)[];
}

const actual = ({ comparisons }: CheckView) => comparisons.map((one) => one.actual.value);
const expected = ({ comparisons }: CheckView) => comparisons.map((one) => one.expected.value);
const none = (): readonly null[] => [];

const SIDES: readonly Side[] = [
  { head: 'proposal', checks: ['package-hash'], digests: expected },
  { head: 'CDN', checks: ['sums-list-artifact', 'mirrors-agree'], digests: imagesListed },
  { head: 'local build', checks: ['build-reproduces'], digests: actual },
  { head: 'measurements', checks: ['measurements-match', 'measurements-from-image'], digests: none },
  { head: 'attestation', checks: ['provenance'], digests: none },
];

/** The lists name other files as well. */
function imagesListed({ comparisons }: CheckView): readonly (string | null)[] {
  return comparisons
    .filter(({ label }) => label.includes('.tar.'))
    .flatMap((one) => [one.expected.value, one.actual.value]);
}

/** Component by proposal, CDN and local build in short hashes, as a table in Markdown. */
export function matrixTable({ checks }: VerdictView): string[] {
  const rows = COMPONENTS.flatMap(({ component, label }) => {
    const mine = checks.filter((check) => check.component === component);
    return mine.length === 0 ? [] : [`| ${label} | ${SIDES.map((side) => cell(side, mine, component)).join(' | ')} |`];
  });
  if (rows.length === 0) return [];
  return [`| | ${SIDES.map(({ head }) => head).join(' | ')} |`, `|---|${SIDES.map(() => '---|').join('')}`, ...rows];
}

function cell({ checks, digests }: Side, mine: readonly CheckView[], component: Component): string {
  const asked = mine.filter((check) => checks.includes(check.id) && check.component === component);
  const outcomes = asked.map(({ outcome }) => outcome);
  const mark = (['mismatch', 'inconclusive', 'verified'] as const).find((each) => outcomes.includes(each)) ?? 'skipped';
  // Only digests: a stroke within anything else would begin another cell.
  const seen = new Set(asked.flatMap(digests).filter((value) => value !== null && /^[0-9a-f]{64}$/i.test(value)));
  const shown = [...seen].slice(0, 2).map((value) => codeSpan(shortDigest((value ?? '').toLowerCase())));
  return [SIGNS[mark], ...shown, ...(seen.size > 2 ? ['…'] : [])].join(' ');
}
