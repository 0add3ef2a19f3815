import { utc } from './verdict-document.ts';
import type { Proposal } from './proposal.ts';
import type { StoredNotice, StoredRun, ProposalHistory } from './proposal-history.ts';
import { plainText } from './text.ts';

/** Something that happened, or will. */
export interface Event {
  /** UTC milliseconds. */
  readonly at: number;
  readonly what: string;
}

/** What happened when, the first event first. Strangers' text in it is plain and bounded. */
export function timelineOf({ proposal, firstSeenAtMs, runs, notices }: ProposalHistory): readonly Event[] {
  const events = [
    ...(proposal ? voteEvents(proposal) : []),
    ...(firstSeenAtMs === null ? [] : [{ at: firstSeenAtMs, what: 'first seen here' }]),
    ...runs.flatMap(runEvents),
    ...notices.filter(({ type }) => type !== 'progress').map(noticeEvent),
  ];
  return events.sort((a, b) => a.at - b.at);
}

function voteEvents({ submittedAt, decidedAt, executedAt, failedAt, failureReason, deadlineAt }: Proposal): Event[] {
  const failed = `execution failed${failureReason === null ? '' : `: ${plainText(failureReason, 300)}`}`;
  const facts: readonly (readonly [seconds: number | null, what: string])[] = [
    [submittedAt, 'submitted'],
    [decidedAt, 'decided'],
    [executedAt, 'executed'],
    [failedAt, failed],
    [deadlineAt, 'voting closes'],
  ];
  return facts.flatMap(([seconds, what]) => (seconds === null ? [] : [{ at: seconds * 1000, what }]));
}

function runEvents({ id, network, stages, verdicts }: StoredRun): Event[] {
  const where = network === 'mainnet' ? '' : 'NOT MAINNET · ';
  const name = `run ${id.slice(0, 8)}`;
  return [
    ...stages.map(({ stage, atMs }) => ({ at: atMs, what: `${name}: ${stage}` })),
    ...verdicts.map(({ decidedAt, revision, verdict }) => ({
      at: decidedAt,
      what: `${name}: revision ${revision}: ${where}${plainText(verdict.headline, 300)}`,
    })),
  ];
}

function noticeEvent({ at, type, sentence }: StoredNotice): Event {
  return { at: at * 1000, what: `news (${type}): ${plainText(sentence, 300)}` };
}

/** What became of one delivery. */
export function fate({ state, attempt, doneAtMs, dueAtMs, why }: StoredNotice['deliveries'][number]): string {
  const reason = why === null ? '' : `: ${plainText(why, 200)}`;
  if (state === 'retry') return `failed ${attempt} times, next attempt at ${utc(dueAtMs)}${reason}`;
  return `${state}${doneAtMs === null ? '' : ` ${utc(doneAtMs)}`}${reason}`;
}
