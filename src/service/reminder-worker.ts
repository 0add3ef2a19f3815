import { discoveredNotice, proposalCard, proposalNotice } from '../domain/notices.ts';
import type { Notice, Standing } from '../domain/notice.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { ElectionState, Votes } from '../domain/service-ports.ts';
import { plainText } from '../domain/text.ts';
import { dueNow, leftText, type Due, type Election } from '../domain/reminders.ts';
import type { ServiceStore } from '../store/service-store.ts';
import { expectedVerdicts } from './pending-elections.ts';

export interface ClockDeps {
  readonly store: Pick<ServiceStore, 'states' | 'outbox'>;
  /** null: no neuron is configured. */
  readonly votes: Votes | null;
  /** The longest that a reminder waits for them; default 10 seconds. */
  readonly votesMs?: number;
  readonly reminders: readonly number[];
  readonly network: string;
  readonly notifiers: readonly string[];
  /** UTC milliseconds. */
  readonly now: () => number;
}

/**
 * Puts on its way whatever is due by the clock and was not told yet: what needs no vote at once, and reminders when the
 * votes were seen or are not to be seen in time. Gives how many notices that were.
 */
export async function reminderRound(deps: ClockDeps, signal: AbortSignal): Promise<number> {
  const { states } = deps.store;
  const now = Math.floor(deps.now() / 1000);
  const unfinished = await states.unfinished();
  const { ends, guessed } = await expectedVerdicts(unfinished, { states, now: deps.now });
  const counts = await Promise.all(
    unfinished.map((state) => {
      const end = ends.get(state.proposal.id) ?? null;
      return electionRound(state, { end, guessed }, now, deps, signal);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function electionRound(
  state: ElectionState,
  expected: Expected,
  now: number,
  deps: ClockDeps,
  signal: AbortSignal,
): Promise<number> {
  const { deadlineAt } = state.proposal;
  if (deadlineAt === null) return 0;
  const look = votesOf(state.proposal, now, deps, signal);
  const put = async (votes: VoteState, isMeant: (type: Due['type']) => boolean): Promise<number> => {
    if (signal.aborted) return 0;
    const candidates = dueNow(electionOf(state, deadlineAt, expected, votes), now, deps.reminders, () => false).filter(
      ({ type }) => isMeant(type),
    );
    if (candidates.length === 0) return 0;
    const told = await deps.store.outbox.told(candidates.map(({ key }) => key));
    const due = candidates.filter(({ key }) => !told.has(key));
    await deps.store.outbox.enqueue(
      due.map((each) => noticeOf(each, state, expected, now, deps)),
      deps.notifiers,
    );
    return due.length;
  };
  const atOnce = await put(NO_VOTES, (type) => type !== 'reminder');
  return atOnce + (await put(await look, (type) => type === 'reminder'));
}

/**
 * A notice that its channel could not be told in time, as it is true now under its old key; null where it is not so any
 * more.
 */
export async function trueNow(notice: Notice, deps: ClockDeps, signal: AbortSignal): Promise<Notice | null> {
  const { store } = deps;
  const now = Math.floor(deps.now() / 1000);
  const state = notice.proposal && (await store.states.one(notice.proposal.id));
  if (!state || state.proposal.deadlineAt === null) return notice;
  const { proposal } = state;
  const { deadlineAt } = state.proposal;
  if (notice.type === 'discovered') {
    const told = discoveredNotice(
      { network: notice.network, at: now },
      now < deadlineAt ? proposal : undated(proposal),
    );
    return { ...told, key: notice.key, proposal: proposalCard(proposal), standing: notice.standing };
  }
  const { ends, guessed } = await expectedVerdicts(await store.states.unfinished(), {
    states: store.states,
    now: deps.now,
  });
  const end = ends.get(proposal.id) ?? null;
  const look = await votesOf(proposal, now, deps, signal);
  const due = dueNow(electionOf(state, deadlineAt, { end, guessed }, look), now, deps.reminders, () => false);
  const same = due.find(({ type }) => type === notice.type);
  if (same) return { ...noticeOf(same, state, { end, guessed }, now, deps), key: notice.key };
  // Whose votes cannot be seen may not have voted yet: the reminder stands, with the time that is left.
  const unseen = deps.votes !== null && !look.watched && notice.type === 'reminder' && now < deadlineAt;
  return unseen ? withTimeLeft(notice, deadlineAt - now) : null;
}

const undated = (proposal: Proposal): Proposal => ({ ...proposal, deadlineAt: null });

function withTimeLeft(notice: Notice, seconds: number): Notice {
  return {
    ...notice,
    sentence: notice.sentence.replace(/^Voting closes in [^,]*/, `Voting closes in ${leftText(seconds)}`),
  };
}

/** When a verdict is expected, UTC seconds, and whether that rests on no run of this machine. */
interface Expected {
  readonly end: number | null;
  readonly guessed: boolean;
}

interface VoteState {
  readonly unvoted: readonly string[];
  readonly watched: boolean;
  /** Nobody could be asked: they may or may not have voted. */
  readonly votesUnseen?: boolean;
}

const NO_VOTES: VoteState = { unvoted: [], watched: false };
/** Boundary nodes that hang must not keep what the clock says. */
const VOTES_MS = 10_000;

/** Neurons whose votes cannot be seen are not assumed to have voted: then reminders are about the verdict. */
async function votesOf(
  { id, deadlineAt }: Proposal,
  now: number,
  { votes, reminders, votesMs = VOTES_MS }: ClockDeps,
  signal: AbortSignal,
): Promise<VoteState> {
  const near = deadlineAt !== null && now < deadlineAt && reminders.some((seconds) => deadlineAt - now <= seconds);
  if (!votes || !near) return NO_VOTES;
  const enough = AbortSignal.any([signal, AbortSignal.timeout(votesMs)]);
  const look = await votes.look(id, enough).catch(() => null);
  if (look === null) return { ...NO_VOTES, votesUnseen: true };
  return { unvoted: look.unvoted, watched: look.unclear.length === 0 };
}

function electionOf(
  { proposal, verdict, job }: ElectionState,
  deadlineAt: number,
  { end, guessed }: Expected,
  { unvoted, watched, votesUnseen = false }: VoteState,
): Election {
  const told = verdict?.final ? { outcome: verdict.verdict.outcome, final: true } : null;
  const { id, status } = proposal;
  return {
    id,
    status,
    deadlineAt,
    verdict: told,
    preliminary: told ? null : (verdict?.verdict.outcome ?? null),
    failure: job?.why == null ? null : plainText(job.why, 200),
    expectedAt: told ? null : end,
    guessed,
    unvoted,
    watchesNeurons: watched,
    votesUnseen,
  };
}

function noticeOf(due: Due, state: ElectionState, { end, guessed }: Expected, now: number, deps: ClockDeps): Notice {
  const { proposal, verdict, job } = state;
  const said = (job?.progress ?? {}) as Partial<Standing>;
  const stage = job === null ? 'judged' : job.state === 'queued' ? 'queued' : (said.stage ?? 'collecting');
  const standing = { stage, percent: said.percent ?? null, expectedAt: end, guessed };
  const document = verdict?.notice?.verdict ?? null;
  return proposalNotice({ network: deps.network, at: now }, { ...due, proposal, standing, verdict: document });
}
