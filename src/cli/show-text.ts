import type { ComparedImages, RetainedImage } from '../operator/retained-images.ts';
import type { Found, Place, ProposalHistory } from '../operator/queries.ts';
import { networkOfHistory, secondsOf } from '../operator/verdict-documents.ts';
import { closingText, tallyText } from '../domain/election-words.ts';
import { afterVoteLines } from '../domain/version-after-vote.ts';
import { keyText } from '../domain/evidence.ts';
import { proposalLinks } from '../domain/network.ts';
import { plainText } from '../domain/text.ts';
import { voteAdvice, voteCommands } from '../domain/voting.ts';
import { durationText } from './duration.ts';
import { deliveryLines, timelineLines } from './timeline-text.ts';
import { headLines, incidentLines, verdictLines, type Shown } from './verify-text.ts';

interface Around {
  readonly network: string;
  readonly toolVersion: string;
  /** UTC milliseconds. */
  readonly now: number;
}

/** `show` for people: the verdict with both sides of every check, what is kept, what happened when, who was told. */
export function showText({ history, others }: Found, around: Around, images: readonly RetainedImage[]): string {
  const shown = shownOf(history, around);
  const lines = [
    ...headLines(shown),
    ...voteLines(history, around.now),
    '',
    ...incidentLines(shown),
    ...verdictPart(history),
    ...section(
      'After the vote',
      afterVoteLines(history.afterVote).map((line) => `  ${line}`),
    ),
    ...section('Your vote', adviceLines(history, shown.network, around.now)),
    ...section('Evidence kept, by sha256', fileLines(history)),
    ...section('Images kept on this machine', images.map(imageLine)),
    ...section('Timeline (UTC)', timelineLines(history)),
    ...section('Deliveries', deliveryLines(history.notices)),
    ...section('Also seen in', others.map(placeLine)),
  ];
  return `${lines.join('\n')}\n`;
}

/** `show --compare`: of what it is about, and nothing else than the images byte by byte. */
export function compareText(
  { history }: Found,
  around: Around,
  images: readonly RetainedImage[],
  compared: readonly ComparedImages[],
): string {
  const lines = [
    ...headLines(shownOf(history, around)),
    ...section('Local and published images, byte by byte', compared.map(comparedLine)),
    ...(compared.length > 0
      ? []
      : ['', 'No local image and published one of the same component are both kept on this machine.']),
    ...(compared.length > 0 ? [] : section('Images kept on this machine', images.map(imageLine))),
  ];
  return `${lines.join('\n')}\n`;
}

function shownOf(history: ProposalHistory, { network, toolVersion }: Around): Shown {
  const { proposal, run, verdict, evidence } = history;
  const elected = proposal && 'version' in proposal.action ? proposal.action.version.commit : null;
  return {
    network: networkOfHistory(history, network),
    toolVersion: verdict?.toolVersion ?? toolVersion,
    proposal,
    commit: run?.commit ?? elected,
    verdict: verdict?.verdict ?? null,
    evidence,
    seconds: 0,
  };
}

function voteLines({ proposal }: ProposalHistory, now: number): string[] {
  return proposal ? [`Vote:     ${closingText(proposal.deadlineAt, now)} · ${tallyText(proposal.tally)}`] : [];
}

function adviceLines({ proposal, verdict }: ProposalHistory, network: string, now: number): string[] {
  if (!proposal) return [];
  const { id, status, deadlineAt } = proposal;
  const advice = voteAdvice({ network, status, deadlineAt, verdict: verdict?.verdict ?? null }, now / 1000);
  if (!advice) return [];
  const app = advice.kind === 'vote-freely' ? [`  ${proposalLinks(id, null).nns}`] : [];
  const commands = voteCommands(id, advice).map(
    ({ command, remark }) => `  ${command}${remark ? `  (${remark})` : ''}`,
  );
  return [`  ${advice.sentence}`, ...app, ...commands];
}

function verdictPart({ run, verdict }: ProposalHistory): string[] {
  if (!run) return ['No verdict yet: no verification has begun.'];
  if (!verdict) return [`No verdict yet: ${run.stage}.`];
  const seconds = Object.entries(secondsOf(run, verdict)).map(([stage, each]) => `${stage} ${durationText(each)}`);
  const state = verdict.final ? '' : ', not final';
  return [...verdictLines(verdict.verdict), `Revision ${verdict.revision}${state}; ${seconds.join(', ')}`];
}

function fileLines({ evidence }: ProposalHistory): string[] {
  return evidence
    .all()
    .flatMap(({ key, observation }) =>
      observation.file === undefined ? [] : [`  ${observation.file}  ${plainText(keyText(key), 200)}`],
    );
}

function imageLine({ path, bytes }: RetainedImage): string {
  return `  ${bytes} bytes  ${plainText(path, 400)}`;
}

function comparedLine({ local, published, difference }: ComparedImages): string {
  const { first, bytes } = difference;
  const what =
    first === null
      ? 'the same bytes'
      : `first difference at byte ${first}, ${bytes} bytes differ, sizes ${local.bytes} and ${published.bytes}`;
  return `  ${local.component}: ${plainText(local.path, 300)} and ${plainText(published.path, 300)}: ${what}`;
}

function placeLine({ proposal, run }: Place): string {
  return proposal === null ? `  a run by hand, ${String(run)}` : `  proposal ${proposal}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines];
}
