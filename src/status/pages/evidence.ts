import type { CheckResult, Comparison, Side } from '../../domain/check.ts';
import { COMPONENTS, type Component } from '../../domain/component.ts';
import { plainText } from '../../domain/text.ts';
import { markup, type Html, type Part } from '../html.ts';
import { cellsOf, table, type Column } from '../layout.ts';
import { hashLink, hashText, pill, type Tone } from '../page-parts.ts';

type Sameness = 'equal' | 'differs' | 'missing';

/** What differs is the news, and comes first. */
const ORDER: readonly Sameness[] = ['differs', 'missing', 'equal'];
const SIGNS: Readonly<Record<Sameness, readonly [tone: Tone, sign: string]>> = {
  equal: ['good', '= same'],
  differs: ['bad', '≠ differs'],
  missing: ['open', '? not seen'],
};
/** A payload may name any number of things; all of them stand in the JSON. */
const MOST = 100;
/** More that are the same are folded away. */
const OPEN = 2;

const COLUMNS: readonly Column[] = [
  { head: 'Check', width: 'third' },
  { head: 'Result', width: 'tight' },
  { head: 'Both sides' },
];

/** Every check with both sides of each of its comparisons and where each side was seen. `first`: its group leads. */
export function evidenceTable(results: readonly CheckResult[], first: Component | null): Html | null {
  if (results.length === 0) return null;
  const images = COMPONENTS.map(({ component, label }) => ({ component, label: `${label} image` }));
  const groups: readonly { readonly component: Component | null; readonly label: string }[] = [
    ...images.filter(({ component }) => component === first),
    { component: null, label: first === null ? 'The source' : 'The proposal and its source' },
    ...images.filter(({ component }) => component !== first),
  ];
  const bodies = groups.map(({ component, label }) => {
    const mine = results.filter((result) => result.component === component);
    return group(label, mine, component === null || component === first ? OPEN : 0);
  });
  return table('Checks with both sides', COLUMNS, bodies);
}

function group(label: string, results: readonly CheckResult[], open: number): Html | null {
  if (results.length === 0) return null;
  const head = markup`<tr><th colspan="${COLUMNS.length}" scope="rowgroup">${label}</th></tr>`;
  return markup`<tbody>${head}${results.map((result) => checkRow(result, open))}</tbody>`;
}

function checkRow(result: CheckResult, open: number): Html {
  const { title, tier, sentence, check, outcome } = result;
  const name = markup`<strong>${title}</strong><br><span class="small">${sentence}</span><br><span class="dim small">${check} · ${tier}</span>`;
  const sides = result.outcome === 'skipped' ? null : comparisonsPart(result.comparisons, open);
  const tone = { verified: '', mismatch: 'differs', inconclusive: 'missing', skipped: 'whole' }[outcome];
  return markup`<tr class="${tone}">${cellsOf(COLUMNS, [name, outcomePill(outcome), sides])}</tr>`;
}

function comparisonsPart(comparisons: readonly Comparison[], open: number): Part {
  const of = (sameness: Sameness): readonly Comparison[] => comparisons.filter((each) => samenessOf(each) === sameness);
  const [news, same] = [ORDER.filter((each) => each !== 'equal').flatMap(of), of('equal')];
  const shown = news.slice(0, MOST).map(pair);
  const more = news.length > MOST && markup`<p class="dim">${news.length - MOST} more are in the JSON.</p>`;
  if (same.length <= open) return [shown, more, same.map(pair)];
  const said = same.length === 1 ? 'One comparison is the same' : `${same.length} comparisons are the same`;
  return [shown, more, markup`<details><summary>${said}</summary>${same.slice(0, MOST).map(pair)}</details>`];
}

/** One that was not observed on both sides is never the same, whatever it says. */
export function samenessOf({ expected, actual, equal }: Comparison): Sameness {
  if (expected.value === null || actual.value === null) return 'missing';
  return equal ? 'equal' : 'differs';
}

/** Most of what differs that is seen without opening the evidence. */
const MOST_DIFFERING = 2;
const LABEL = 80;
const VALUE = 130;

/** What makes a mismatch, with both sides; null: nothing does. */
export function differences(results: readonly CheckResult[]): Html | null {
  const differing = results.flatMap((result) =>
    result.outcome === 'mismatch' && result.tier !== 'advisory'
      ? result.comparisons.filter((each) => samenessOf(each) === 'differs')
      : [],
  );
  // Two builds that give the same are one difference.
  const distinct = [...new Map(differing.map((each) => [JSON.stringify(each), each])).values()];
  if (distinct.length === 0) return null;
  const left = distinct.length - MOST_DIFFERING;
  return markup`<div class="panel">${distinct.slice(0, MOST_DIFFERING).map(short).map(pair)}${left > 0 && markup`<p class="dim">${left} more stand in the evidence.</p>`}</div>`;
}

function short({ label, expected, actual, equal }: Comparison): Comparison {
  return { label: plainText(label, LABEL), expected: shortSide(expected), actual: shortSide(actual), equal };
}

function shortSide({ value, source }: Side): Side {
  return { value: value === null ? null : plainText(value, VALUE), source: plainText(source, VALUE) };
}

function pair(comparison: Comparison): Html {
  const { label, expected, actual } = comparison;
  const sameness = samenessOf(comparison);
  const [tone, sign] = SIGNS[sameness];
  const head = markup`<p><strong>${label}</strong> <span class="sign ${tone}">${sign}</span></p>`;
  if (sameness === 'equal') {
    return markup`<div class="pair">${head}<p>${valueText(actual)}</p>${from(expected, 'Expected by')}${from(actual, 'Seen at')}</div>`;
  }
  return markup`<div class="pair">${head}<p>${valueText(expected)}</p>${from(expected, 'Expected by')}<p>${valueText(actual)}</p>${from(actual, 'Seen at')}</div>`;
}

function from({ source }: Side, words: string): Html {
  return markup`<p class="dim small">${words} ${source}</p>`;
}

function valueText({ value }: Side): Html {
  if (value === null) return markup`<em>not seen</em>`;
  return /^[0-9a-f]{64}$/.test(value) ? hashLink(value) : hashText(value);
}

function outcomePill(outcome: CheckResult['outcome']): Html {
  switch (outcome) {
    case 'verified':
      return pill('good', 'verified');
    case 'mismatch':
      return pill('bad', 'mismatch');
    case 'inconclusive':
      return pill('open', 'inconclusive');
    case 'skipped':
      return pill('plain', 'not asked');
  }
}
