import { utc } from '../domain/document.ts';
import type { Notice } from '../domain/notice.ts';
import { codeSpan } from './escape.ts';
import { samenessOf } from './evidence-table.ts';
import type { CheckView, VerdictView } from './verdict-view.ts';

/** Longest report; whole lines are left out beyond it. */
const LIMIT = 100_000;

/**
 * The review text of one verdict, in Markdown, as a reviewer posts it: full digests, sources, build host, times.
 * Everything that is not ours stands in code spans, where forums follow no link and mention nobody.
 */
export function reportOf(notice: Notice, view: VerdictView): string {
  const { proposal, verdict, network } = notice;
  const lines = [
    ...(network === 'mainnet' ? [] : [codeSpan(network), '']),
    `# ${view.outcome.toUpperCase()}${proposal ? `: proposal ${proposal.id}` : ''}`,
    '',
    codeSpan(view.headline, 1000),
    '',
    ...(proposal ? [`- Title: ${codeSpan(proposal.title, 300)}`] : []),
    ...(verdict?.version ? versionLines(verdict.version) : []),
    ...(verdict ? runLines(verdict) : []),
    ...remarkLines(view),
    ...view.checks.flatMap(checkLines),
  ];
  return bounded(lines);
}

function versionLines(version: NonNullable<NonNullable<Notice['verdict']>['version']>): string[] {
  return [
    `- Commit: \`${version.commit}\``,
    ...(version.packageSha256 === null ? [] : [`- Payload sha256: ${codeSpan(version.packageSha256)}`]),
    ...version.packageUrls.map((url) => `- Payload URL: ${codeSpan(url, 1000)}`),
    ...version.retires.map((retired) => `- Retires: ${codeSpan(retired, 200)}`),
  ];
}

function runLines({ timing, host, tool, evidence }: NonNullable<Notice['verdict']>): string[] {
  const total = Object.values(timing.seconds).reduce((sum, seconds) => sum + seconds, 0);
  const end = utc(Date.parse(timing.startedAt) + total * 1000);
  const stages = Object.entries(timing.seconds).map(([stage, seconds]) => `${stage} ${Math.round(seconds)} s`);
  const logs = evidence.flatMap(({ kind, file }) => (kind === 'build' && typeof file === 'string' ? [file] : []));
  return [
    `- Started ${codeSpan(timing.startedAt)}, ended ${codeSpan(end)}; ${codeSpan(stages.join(', '))}`,
    ...(host.description === null ? [] : [`- Build host: ${codeSpan(host.description)}`]),
    ...logs.map((file) => `- Build log sha256: ${codeSpan(file)}`),
    `- Tool: nns-watch ${codeSpan(tool.version)}`,
  ];
}

function remarkLines({ findings, caveats }: VerdictView): string[] {
  return [
    ...findings.map(({ severity, sentence }) => `- Finding (${severity}): ${codeSpan(sentence)}`),
    ...caveats.map(({ sentence }) => `- Not covered: ${codeSpan(sentence)}`),
  ];
}

function checkLines({ id, component, outcome, sentence, comparisons }: CheckView): string[] {
  return [
    '',
    `## ${codeSpan(id)}${component ? ` ${component}` : ''}: ${outcome}`,
    '',
    codeSpan(sentence),
    ...comparisons.flatMap((comparison) => [
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

function bounded(lines: readonly string[]): string {
  let length = 0;
  const end = lines.findIndex((next) => (length += next.length + 1) > LIMIT);
  if (end < 0) return `${lines.join('\n')}\n`;
  return `${lines.slice(0, end).join('\n')}\n\n${lines.length - end} more lines are left out.\n`;
}
