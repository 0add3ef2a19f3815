import { componentFacts } from '../domain/component.ts';
import type { VerdictDocument } from '../domain/verdict-document.ts';
import type { Notice, ProposalCard } from '../domain/notice.ts';
import { voteAdviceOf } from './advice.ts';
import { codeSpan } from './escape.ts';
import { evidenceLines } from './report-evidence.ts';
import { matrixTable } from './report-matrix.ts';
import { electedComponent, type VerdictView } from './verdict-view.ts';

/** Longest text: a post of a forum has 32,000 characters. Whole lines are left out beyond it. */
const LIMIT = 29_500;
/** Outside of the folded evidence. Newcomers of a forum may give two links. */
const MOST_FINDINGS = 6;
const MOST_CAVEATS = 5;
const SENTENCE = 200;

const OPEN = '[details="The evidence: every comparison in full"]';
const CLOSE = '[/details]';

/**
 * The review text of one verdict, in Markdown, as a reviewer posts it: on one screen what was found, folded below it the
 * evidence with full digests. Everything that is not ours stands in code spans, where forums follow no link and mention
 * nobody.
 */
export function reportOf(notice: Notice, view: VerdictView): string {
  const review = reviewLines(notice, view).join('\n');
  const around = review.length + OPEN.length + CLOSE.length + 10;
  const evidence = bounded(evidenceLines(notice, view), LIMIT - around).join('\n');
  return `${review}\n\n${OPEN}\n\n${evidence}\n\n${CLOSE}\n`;
}

function reviewLines(notice: Notice, view: VerdictView): string[] {
  const { proposal, verdict, network } = notice;
  const advice = voteAdviceOf(notice, view);
  return [
    ...(network === 'mainnet' ? [] : [codeSpan(network, 300), '']),
    `# ${view.outcome.toUpperCase()}${proposal ? `: proposal ${proposal.id}` : ''}`,
    '',
    codeSpan(view.headline, 600),
    '',
    ...(advice?.kind === 'do-not-adopt' ? [`**${advice.sentence}**`, ''] : []),
    ...after(matrixTable(view)),
    ...(proposal ? proposalLines(proposal) : []),
    ...(verdict?.version ? versionLines(verdict.version) : []),
    ...(verdict ? runLines(verdict, view) : []),
    ...remarkLines(view),
    ...(proposal ? [`- To repeat it: \`nns-watch verify ${proposal.id}\``] : []),
    ...linkLines(notice),
  ];
}

function after(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [...lines, ''];
}

function proposalLines({ title, kind }: ProposalCard): string[] {
  const elected = electedComponent(kind);
  return [
    `- Title: ${codeSpan(title, 200)}`,
    ...(elected === null ? [] : [`- Elects: ${componentFacts(elected).label}`]),
  ];
}

function versionLines({ commit, packageSha256 }: NonNullable<VerdictDocument['version']>): string[] {
  return [
    `- Commit: \`${commit}\``,
    ...(packageSha256 === null ? [] : [`- Payload sha256: ${codeSpan(packageSha256, 100)}`]),
  ];
}

function runLines(document: VerdictDocument, { revision }: VerdictView): string[] {
  const { timing, host, tool, verdict } = document;
  // The total contains the stages, which do not contain what was waited for between them.
  const stages = Object.entries(timing.seconds).map(([stage, seconds]) => `${stage} ${Math.round(seconds)} s`);
  const ended = verdict?.['decidedAt'];
  return [
    `- Started ${codeSpan(timing.startedAt)}, ended ${codeSpan(typeof ended === 'string' ? ended : '—')}; ${codeSpan(stages.join(', '), 200)}`,
    ...(host.description === null ? [] : [`- Build host: ${codeSpan(host.description, 200)}`]),
    `- Tool: nns-watch ${codeSpan(tool.version, 40)}, revision ${revision} of its verdict`,
  ];
}

function remarkLines({ findings, caveats }: VerdictView): string[] {
  const sorted = (['serious', 'warning', 'info'] as const).flatMap((severity) =>
    findings.filter((finding) => finding.severity === severity),
  );
  const found = sorted.map(({ severity, sentence }) => `- Finding (${severity}): ${codeSpan(sentence, SENTENCE)}`);
  const open = caveats.map(({ sentence }) => `- Not covered: ${codeSpan(sentence, SENTENCE)}`);
  return [...few(found, MOST_FINDINGS, 'findings'), ...few(open, MOST_CAVEATS, 'things not covered')];
}

function few(lines: readonly string[], most: number, what: string): string[] {
  return lines.length <= most ? [...lines] : [...lines.slice(0, most), `- … and ${lines.length - most} more ${what}`];
}

/** The dashboard knows mainnet’s proposal of this number, which on another network is another one. */
function linkLines({ proposal, verdict, network }: Notice): string[] {
  const commit = verdict?.version?.commit;
  const source = proposal ? proposal.links.source : commit ? `https://github.com/dfinity/ic/commit/${commit}` : null;
  const links = [
    ...(proposal && network === 'mainnet' ? [proposal.links.dashboard] : []),
    ...(source === null ? [] : [source]),
  ];
  return links.map((link) => `- ${link}`);
}

/** As many whole lines as have room; what is left out is counted. */
function bounded(lines: readonly string[], limit: number): readonly string[] {
  let length = 0;
  const room = limit - 60;
  const end = lines.findIndex((next) => (length += next.length + 1) > room);
  return end < 0 ? lines : [...lines.slice(0, end), '', `${lines.length - end} more lines are left out.`];
}
