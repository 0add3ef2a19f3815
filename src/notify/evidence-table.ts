import { COMPONENTS, componentFacts, type Component } from '../domain/component.ts';
import { line, say, shortDigest, words, type Line, type Section, type Span } from './message-parts.ts';
import type { CheckView, ComparisonView, VerdictView } from './verdict-view.ts';

/** The checks whose comparisons make the rows of a component, in the reader's order, and what each row is called. */
const GROUPS: readonly (readonly [check: string, name: string])[] = [
  ['package-hash', 'Proposal’s URL'],
  ['sums-list-artifact', 'CDN'],
  ['mirrors-agree', 'Mirror'],
  ['provenance', 'Attestation'],
  ['build-reproduces', 'Local build'],
  ['measurements-match', 'Launch measurements'],
];

type Sameness = 'differs' | 'missing' | 'equal';
const SIGNS: Readonly<Record<Sameness, string>> = { differs: '≠', missing: '?', equal: '=' };
const ORDER: readonly Sameness[] = ['differs', 'missing', 'equal'];

interface Row {
  readonly sameness: Sameness;
  readonly line: Line;
}

/** For the elected component every row; for the others a line each, unless they differ. */
export function evidenceSections(
  view: VerdictView,
  elected: Component | null,
  packageSha256: string | null,
): Section[] {
  const own = elected === null ? [] : [componentSection(view, elected, packageSha256)];
  const others = COMPONENTS.filter(({ component }) => component !== elected);
  const differing = others.filter(({ component }) => rowsOf(view, component).some((row) => row.sameness === 'differs'));
  const quiet = others.filter((facts) => !differing.includes(facts)).flatMap((facts) => summary(view, facts.component));
  const rest = quiet.length > 0 ? [{ title: 'Other images of the release', lines: quiet }] : [];
  return [...own, ...differing.map(({ component }) => componentSection(view, component, null)), ...rest];
}

function componentSection(view: VerdictView, component: Component, packageSha256: string | null): Section {
  const rows = rowsOf(view, component);
  const payload: Line[] = packageSha256 === null ? [] : [[say('Payload: '), { code: shortDigest(packageSha256) }]];
  const source = view.checks.filter(({ id }) => packageSha256 !== null && id === 'commit-on-release-ref');
  const all = [...rows, ...source.map(sentenceRow)];
  // The row that differs is the news: it comes first, and never falls out of a full table.
  const sorted = ORDER.flatMap((sameness) => all.filter((row) => row.sameness === sameness));
  const lines = [...payload, ...sorted.map((row) => row.line)];
  const title = componentFacts(component).label;
  return { title, lines: lines.length > 0 ? lines : [line('Nothing has been compared.')] };
}

function rowsOf(view: VerdictView, component: Component): Row[] {
  return GROUPS.flatMap(([id, name]) =>
    view.checks
      .filter((check) => check.id === id && check.component === component && check.outcome !== 'skipped')
      .flatMap((check) => checkRows(name, check)),
  );
}

/** Every URL of the proposal is a row. Of the other checks only what is not the same; all of it stands in the report. */
function checkRows(name: string, check: CheckView): Row[] {
  const rows = check.comparisons.map((comparison) => comparisonRow(name, comparison));
  if (rows.length === 0) return [sentenceRow(check)];
  const open = rows.filter((row) => row.sameness !== 'equal');
  if (open.length > 0) return open;
  return check.id === 'package-hash' ? rows : [sameRow(name, check)];
}

/** One row for a check that found everything the same: its digest where it is about one, else its words. */
function sameRow(name: string, { comparisons, sentence }: CheckView): Row {
  const value = comparisons[0]?.actual.value ?? '';
  const seen = isDigest(value) ? { code: shortDigest(value) } : say(words(sentence, 160));
  return { sameness: 'equal', line: [say(`${SIGNS.equal} ${name}: `), seen] };
}

/** One that was not observed on both sides is never equal, whatever it says. */
export function samenessOf({ expected, actual, equal }: ComparisonView): Sameness {
  if (expected.value === null || actual.value === null) return 'missing';
  return equal ? 'equal' : 'differs';
}

function comparisonRow(name: string, comparison: ComparisonView): Row {
  const { label, expected, actual } = comparison;
  const sameness = samenessOf(comparison);
  const where = `${SIGNS[sameness]} ${name}, ${words(label, 80)}, ${placeOf(actual.source)}: `;
  const seen = actual.value === null ? say('not observed') : valueSpan(actual.value);
  const wanted: Span[] =
    sameness === 'differs' ? [say(`, but ${placeOf(expected.source)} says `), valueSpan(expected.value ?? '')] : [];
  return { sameness, line: [say(where), seen, ...wanted] };
}

function sentenceRow({ outcome, sentence }: CheckView): Row {
  const sameness = outcome === 'verified' ? 'equal' : outcome === 'mismatch' ? 'differs' : 'missing';
  return { sameness, line: line(`${SIGNS[sameness]} ${words(sentence, 160)}`) };
}

function valueSpan(value: string): Span {
  return isDigest(value) ? { code: shortDigest(value) } : say(words(value, 60));
}

function isDigest(value: string): boolean {
  return /^[0-9a-f]{21,}$/i.test(value);
}

/** A URL's host says enough in a table; the whole of it stands in the report. */
function placeOf(source: string): string {
  return words(URL.parse(source)?.hostname || source, 60);
}

function summary(view: VerdictView, component: Component): Line[] {
  const rows = rowsOf(view, component);
  if (rows.length === 0) return [];
  const missing = rows.filter((row) => row.sameness === 'missing').length;
  const { label } = componentFacts(component);
  if (missing > 0) return [line(`? ${label}: ${missing} of ${rows.length} comparisons could not be made`)];
  const count = rows.length === 1 ? 'one comparison' : `${rows.length} comparisons`;
  return [line(`= ${label}: the same everywhere (${count})`)];
}
