import { componentFacts } from '../domain/component.ts';
import type { VerdictDocument } from '../domain/verdict-document.ts';
import type { Notice, ProposalCard } from '../domain/notice.ts';
import { voteAdviceOf } from './advice.ts';
import { buildsOf } from './builds.ts';
import { codeSpan } from './escape.ts';
import { samenessOf } from './evidence-table.ts';
import { electedComponent, type CheckView, type VerdictView } from './verdict-view.ts';

/** Longest report; whole lines are left out beyond it. */
const LIMIT = 100_000;

/**
 * The review text of one verdict, in Markdown, as a reviewer posts it: full digests, sources, build host, times.
 * Everything that is not ours stands in code spans, where forums follow no link and mention nobody.
 */
export function reportOf(notice: Notice, view: VerdictView): string {
  const { proposal, verdict, network } = notice;
  const advice = voteAdviceOf(notice, view);
  const lines = [
    ...(network === 'mainnet' ? [] : [codeSpan(network), '']),
    `# ${view.outcome.toUpperCase()}${proposal ? `: proposal ${proposal.id}` : ''}`,
    '',
    codeSpan(view.headline, 1000),
    '',
    ...(advice?.kind === 'do-not-adopt' ? [`**${advice.sentence}**`, ''] : []),
    ...(proposal ? proposalLines(proposal) : []),
    ...(verdict?.version ? versionLines(verdict.version) : []),
    ...(verdict ? runLines(verdict, view) : []),
    ...remarkLines(view),
    ...linkLines(proposal, verdict),
    ...view.checks.flatMap(checkLines),
    ...(verdict ? fileLines(verdict) : []),
  ];
  return bounded(lines);
}

function proposalLines({ title, kind }: ProposalCard): string[] {
  const elected = electedComponent(kind);
  return [
    `- Title: ${codeSpan(title, 300)}`,
    ...(elected === null ? [] : [`- Elects: ${componentFacts(elected).label}`]),
  ];
}

function versionLines(version: NonNullable<VerdictDocument['version']>): string[] {
  return [
    `- Commit: \`${version.commit}\``,
    ...(version.packageSha256 === null ? [] : [`- Payload sha256: ${codeSpan(version.packageSha256)}`]),
    ...version.packageUrls.map((url) => `- Payload URL: ${codeSpan(url, 1000)}`),
    ...version.retires.map((retired) => `- Retires: ${codeSpan(retired, 200)}`),
  ];
}

function runLines(document: VerdictDocument, { revision }: VerdictView): string[] {
  const { timing, host, tool, verdict } = document;
  // The total contains the stages, which do not contain what was waited for between them.
  const stages = Object.entries(timing.seconds).map(([stage, seconds]) => `${stage} ${Math.round(seconds)} s`);
  const ended = verdict?.['decidedAt'];
  return [
    `- Started ${codeSpan(timing.startedAt)}, ended ${codeSpan(typeof ended === 'string' ? ended : '—')}; ${codeSpan(stages.join(', '))}`,
    ...(host.description === null ? [] : [`- Build host: ${codeSpan(host.description)}`]),
    ...buildLines(document),
    `- Tool: nns-watch ${codeSpan(tool.version)}, revision ${revision} of its verdict`,
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

function linkLines(proposal: Notice['proposal'], verdict: Notice['verdict']): string[] {
  const commit = verdict?.version?.commit;
  const source = proposal ? proposal.links.source : commit ? `https://github.com/dfinity/ic/commit/${commit}` : null;
  const links = [
    ...(proposal ? [proposal.links.dashboard, proposal.links.nns] : []),
    ...(source === null ? [] : [source]),
  ];
  const own = proposal?.url ? [`- The proposal’s own link, not checked: ${codeSpan(proposal.url, 500)}`] : [];
  return links.length === 0 ? [] : ['', '## Links', '', ...links.map((link) => `- ${link}`), ...own];
}

function fileLines({ evidence }: VerdictDocument): string[] {
  const files = evidence.flatMap(({ kind, source, file }) =>
    typeof file === 'string' ? [`- ${codeSpan(String(kind))} from ${codeSpan(String(source))}: ${codeSpan(file)}`] : [],
  );
  return files.length === 0 ? [] : ['', '## Evidence kept, by sha256', '', ...files];
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
