import { COMPONENTS, componentFacts, type Component } from '../domain/component.ts';
import { agreementOf } from './agreement.ts';
import { inOrder, openRow, sameRow, sentenceRow, type Row } from './evidence-rows.ts';
import { line, say, shortDigest, type Line, type Section } from './message-parts.ts';
import type { CheckView, VerdictView } from './verdict-view.ts';

export { samenessOf } from './evidence-rows.ts';

/** The checks whose comparisons make the rows of a component, in the reader's order, and what each row is called. */
const GROUPS: readonly (readonly [check: string, name: string])[] = [
  ['package-hash', 'Proposal’s URL'],
  ['sums-list-artifact', 'CDN'],
  ['mirrors-agree', 'Mirror'],
  ['provenance', 'Attestation'],
  ['build-reproduces', 'Local build'],
  ['measurements-match', 'Launch measurements'],
];

/** For the elected component its rows; for the others one for all that are the same, unless they differ. */
export function evidenceSections(
  view: VerdictView,
  elected: Component | null,
  packageSha256: string | null,
): Section[] {
  const own = elected === null ? [] : [componentSection(view, elected, packageSha256)];
  const others = COMPONENTS.map(({ component }) => component).filter((component) => component !== elected);
  const differing = others.filter((component) => rowsOf(view, component).some((row) => row.sameness === 'differs'));
  const quiet = summary(
    view,
    others.filter((component) => !differing.includes(component)),
  );
  const rest = quiet.length > 0 ? [{ title: 'Other images of the release', lines: quiet }] : [];
  return [...own, ...differing.map((component) => componentSection(view, component, null)), ...rest];
}

function componentSection(view: VerdictView, component: Component, packageSha256: string | null): Section {
  const rows = rowsOf(view, component);
  const source = view.checks.filter(({ id }) => packageSha256 !== null && id === 'commit-on-release-ref');
  // The row that differs is the news: it comes first, and never falls out of a full table.
  const sorted = inOrder([...rows, ...source.map(sentenceRow)]).map((row) => row.line);
  const named: Line[] =
    packageSha256 === null || view.outcome === 'verified'
      ? []
      : [[say('Payload: '), { code: shortDigest(packageSha256.toLowerCase()) }]];
  const lines = [...named, ...sorted];
  const { label: title } = componentFacts(component);
  return { title, lines: lines.length > 0 ? lines : [line('Nothing has been compared.')] };
}

/** What agrees is one row, whatever it was compared with; what does not is a row each. No two of them are alike. */
function rowsOf(view: VerdictView, component: Component): readonly Row[] {
  const checks = view.checks.filter((check) => check.component === component && check.outcome !== 'skipped');
  const agreement = agreementOf(checks);
  const rest = GROUPS.flatMap(([id, name]) =>
    checks
      .filter((check) => check.id === id)
      .flatMap((check) => checkRows(name, check, agreement?.covers(check) ?? false)),
  );
  return inOrder([...(agreement ? [agreement.row] : []), ...rest]);
}

/** Of a check that has something open, only that; all of it stands in the report. `covered`: what is equal is told. */
function checkRows(name: string, check: CheckView, covered: boolean): readonly Row[] {
  const open = check.comparisons.flatMap((comparison) => openRow(name, comparison) ?? []);
  if (open.length > 0) return open;
  if (covered) return [];
  return [check.comparisons.length === 0 ? sentenceRow(check) : sameRow(name, check)];
}

function summary(view: VerdictView, components: readonly Component[]): Line[] {
  const known = components
    .map((component) => ({ label: componentFacts(component).label, comparisons: comparisonsOf(view, component) }))
    .filter(({ comparisons }) => comparisons.length > 0);
  const [open, same] = [
    known.filter(({ comparisons }) => comparisons.includes(false)),
    known.filter(({ comparisons }) => !comparisons.includes(false)),
  ];
  const missing = open.map(({ label, comparisons }) => {
    const count = comparisons.filter((equal) => !equal).length;
    return line(`? ${label}: ${count} of ${comparisons.length} comparisons could not be made`);
  });
  if (same.length === 0) return missing;
  const count = same.reduce((sum, { comparisons }) => sum + comparisons.length, 0);
  const counted = count === 1 ? 'one comparison' : `${count} comparisons`;
  return [...missing, line(`= ${same.map(({ label }) => label).join(', ')}: the same everywhere (${counted})`)];
}

/** Of each comparison, and of each check without any, whether it was made and the same. */
function comparisonsOf(view: VerdictView, component: Component): readonly boolean[] {
  const ids = GROUPS.map(([id]) => id);
  return view.checks
    .filter((check) => check.component === component && check.outcome !== 'skipped' && ids.includes(check.id))
    .flatMap(({ comparisons, outcome }) => {
      if (comparisons.length === 0) return [outcome === 'verified'];
      return comparisons.map((each) => openRow('', each) === null);
    });
}
