import type { VerdictDocument } from '../domain/verdict-document.ts';
import type { Notice } from '../domain/notice.ts';
import { buildsOf } from './advice.ts';
import { codeSpan } from './escape.ts';
import { samenessOf } from './evidence-table.ts';
import type { CheckView, VerdictView } from './verdict-view.ts';

/** What differs is the news: it never falls out of a long text. */
const ORDER: readonly CheckView['outcome'][] = ['mismatch', 'inconclusive', 'verified', 'skipped'];

/** The evidence in full: digests, sources, logs. Everything that is not ours stands in code spans. */
export function evidenceLines({ proposal, verdict, network }: Notice, view: VerdictView): string[] {
  const own = proposal?.url ? [`- The proposal’s own link, not checked: ${codeSpan(proposal.url, 500)}`] : [];
  const checks = ORDER.flatMap((outcome) => view.checks.filter((check) => check.outcome === outcome));
  return [
    ...(verdict?.version ? versionLines(verdict.version) : []),
    ...(verdict ? buildLines(verdict) : []),
    ...(proposal && network === 'mainnet' ? [`- ${proposal.links.nns}`] : []),
    ...own,
    ...checks.flatMap(checkLines),
    ...(verdict ? fileLines(verdict) : []),
  ];
}

function versionLines(version: NonNullable<VerdictDocument['version']>): string[] {
  return [
    ...version.packageUrls.map((url) => `- Payload URL: ${codeSpan(url, 1000)}`),
    ...version.retires.map((retired) => `- Retires: ${codeSpan(retired, 200)}`),
  ];
}

/** A build may be older than the run that uses it, and may have run on another machine. */
function buildLines(document: VerdictDocument): string[] {
  return buildsOf(document).flatMap(({ source, observedAt, value, file }) => {
    const end = value.exitCode === null ? `signal ${value.signal ?? 'unknown'}` : `exit ${value.exitCode}`;
    const told = `- ${codeSpan(source, 200)} on ${codeSpan(value.builder, 100)}: ${codeSpan(end)} after ${Math.round(value.seconds)} s, at ${codeSpan(observedAt)}`;
    return [told, ...(file === undefined ? [] : [`  - Build log sha256: ${codeSpan(file)}`])];
  });
}

function fileLines({ evidence }: VerdictDocument): string[] {
  const files = evidence.flatMap(({ kind, source, file }) =>
    typeof file === 'string' ? [`- ${codeSpan(String(kind))} from ${codeSpan(String(source))}: ${codeSpan(file)}`] : [],
  );
  return files.length === 0 ? [] : ['', '## Evidence kept, by sha256', '', ...files];
}

function checkLines({ id, component, outcome, sentence, comparisons }: CheckView): string[] {
  const differing = comparisons.filter((comparison) => samenessOf(comparison) === 'differs');
  const rest = comparisons.filter((comparison) => samenessOf(comparison) !== 'differs');
  return [
    '',
    `## ${codeSpan(id)}${component ? ` ${component}` : ''}: ${outcome}`,
    '',
    codeSpan(sentence),
    ...[...differing, ...rest].flatMap((comparison) => [
      '',
      `- ${samenessOf(comparison)}: ${codeSpan(comparison.label)}`,
      `  - expected ${sideText(comparison.expected)}`,
      `  - actual ${sideText(comparison.actual)}`,
    ]),
  ];
}

function sideText({ value, source }: { value: string | null; source: string }): string {
  return `${value === null ? 'not observed' : codeSpan(value, 1000)} from ${codeSpan(source, 1000)}`;
}
