import { say, shortDigest, words, line, type Line, type Span } from './message-parts.ts';
import { plainLine } from './escape.ts';
import type { CheckView, ComparisonView } from './verdict-view.ts';

type Sameness = 'differs' | 'missing' | 'equal';
export const SIGNS: Readonly<Record<Sameness, string>> = { differs: '≠', missing: '?', equal: '=' };
const ORDER: readonly Sameness[] = ['differs', 'missing', 'equal'];

/** One line of evidence. */
export interface Row {
  readonly sameness: Sameness;
  readonly line: Line;
}

/** What differs first; of rows that read the same, one. */
export function inOrder(rows: readonly Row[]): readonly Row[] {
  const distinct = [...new Map(rows.map((row) => [plainLine(row.line), row])).values()];
  return ORDER.flatMap((sameness) => distinct.filter((row) => row.sameness === sameness));
}

/** One that was not observed on both sides is never equal, whatever it says. */
export function samenessOf({ expected, actual, equal }: ComparisonView): Sameness {
  if (expected.value === null || actual.value === null) return 'missing';
  return equal ? 'equal' : 'differs';
}

/** One row for a check that found everything the same: its digest where it is about one, else its words. */
export function sameRow(name: string, { comparisons, sentence }: CheckView): Row {
  const value = comparisons[0]?.actual.value ?? '';
  const seen = isDigest(value) ? { code: shortDigest(value) } : say(words(sentence, 160));
  return { sameness: 'equal', line: [say(`${SIGNS.equal} ${name}: `), seen] };
}

/** A comparison that differs, with both sides and where each is from, or that could not be made; null: it is the same. */
export function openRow(name: string, comparison: ComparisonView): Row | null {
  const { label, expected, actual } = comparison;
  const sameness = samenessOf(comparison);
  if (sameness === 'equal') return null;
  const where = `${SIGNS[sameness]} ${name}, ${words(label, 80)}, ${placeOf(actual.source)}: `;
  const seen = actual.value === null ? say('not observed') : valueSpan(actual.value);
  const wanted: Span[] =
    sameness === 'differs' ? [say(`, but ${placeOf(expected.source)} says `), valueSpan(expected.value ?? '')] : [];
  return { sameness, line: [say(where), seen, ...wanted] };
}

export function sentenceRow({ outcome, sentence }: CheckView): Row {
  const sameness = outcome === 'verified' ? 'equal' : outcome === 'mismatch' ? 'differs' : 'missing';
  return { sameness, line: line(`${SIGNS[sameness]} ${words(sentence, 160)}`) };
}

function valueSpan(value: string): Span {
  return isDigest(value) ? { code: shortDigest(value) } : say(words(value, 60));
}

export function isDigest(value: string): boolean {
  return /^[0-9a-f]{21,}$/i.test(value);
}

/** A URL's host says enough in a table; the whole of it stands in the report. */
function placeOf(source: string): string {
  const url = /https?:\/\/\S+/.exec(source)?.[0] ?? source;
  return words(URL.parse(url)?.hostname || source, 60);
}
