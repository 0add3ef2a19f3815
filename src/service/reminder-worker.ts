import { expectedEnds, leavesRoom, type Pending } from '../domain/eta.ts';
import { discoveredNotice, proposalCard, proposalNotice } from '../domain/notices.ts';
import type { ProposalId } from '../domain/ids.ts';
import type { Notice, Standing } from '../domain/notice.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { ElectionState, Votes } from '../domain/service-ports.ts';
import { plainText } from '../domain/text.ts';
import { dueNow, estimate, leftText, type Due, type Election } from '../domain/reminders.ts';
import type { ServiceStore } from '../store/service-store.ts';

export interface ClockDeps {
  readonly store: Pick<ServiceStore, 'states' | 'outbox'>;
  /** null: no neuron is configured. */
  readonly votes: Votes | null;
  /** The longest that is waited for them; default 20 seconds. */
  readonly votesMs?: number;
  readonly reminders: readonly number[];
  readonly network: string;
  readonly notifiers: readonly string[];
  /** UTC milliseconds. */
  readonly now: () => number;
}

/** Puts on its way whatever is due by the clock and was not told yet. Gives how many notices that were. */
export async function clockRound(deps: ClockDeps, signal: AbortSignal): Promise<number> {
  const now = Math.floor(deps.now() / 1000);
  const states = await deps.store.states.unfinished();
  const { ends, guessed } = await expected(deps, states, now);
  let count = 0;
  const looks = await Promise.all(states.map(({ proposal }) => votesOf(proposal, now, deps, signal)));
  for (const [at, state] of states.entries()) {
    const { id, deadlineAt } = state.proposal;
    const votes = looks[at];
    if (deadlineAt === null || !votes || signal.aborted) continue;
    const end = ends.get(id) ?? null;
    const election = electionOf(state, deadlineAt, { end, guessed }, votes);
    const candidates = dueNow(election, now, deps.reminders, () => false);
    const told = await deps.store.outbox.told(candidates.map(({ key }) => key));
    const due = dueNow(election, now, deps.reminders, (key) => told.has(key));
    const notices = due.map((each) => noticeOf(each, state, { end, guessed }, now, deps));
    await deps.store.outbox.enqueue(notices, deps.notifiers);
    count += notices.length;
  }
  return count;
}

/**
 * A notice that its channel could not be told in time, as it is true now under its old key; null where it is not so any
 * more.
 */
export async function trueNow(notice: Notice, deps: ClockDeps, signal: AbortSignal): Promise<Notice | null> {
  const now = Math.floor(deps.now() / 1000);
  const state = notice.proposal && (await deps.store.states.one(notice.proposal.id));
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
  const { ends, guessed } = await expected(deps, await deps.store.states.unfinished(), now);
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

async function expected(
  { store }: ClockDeps,
  states: readonly ElectionState[],
  now: number,
): Promise<{ readonly ends: ReadonlyMap<string, number>; readonly guessed: boolean }> {
  const { seconds, guessed } = estimate(await store.states.pastRuns());
  return { ends: expectedEnds(states.filter(wantsVerdict).map(pendingOf), now, seconds), guessed };
}

/** Whether a second build of one proposal leaves the others in time for their deadlines. */
export async function roomForSecondBuild(
  id: ProposalId,
  { store, now }: Pick<ClockDeps, 'store' | 'now'>,
): Promise<boolean> {
  const others = (await store.states.unfinished()).filter(({ proposal }) => proposal.id !== id).filter(wantsVerdict);
  const { seconds } = estimate(await store.states.pastRuns());
  return leavesRoom(others.map(pendingOf), Math.floor(now() / 1000), seconds, seconds);
}

/** A verdict that is only “not yet” is none for those who wait. */
function wantsVerdict({ verdict, job }: ElectionState): boolean {
  return job !== null && verdict?.final !== true;
}

function pendingOf({ proposal, job }: ElectionState): Pending {
  const { expectedAt, begun } = (job?.progress ?? {}) as Partial<Standing> & { readonly begun?: boolean };
  return {
    proposalId: proposal.id,
    decided: proposal.status !== 'open' && proposal.status !== 'unknown',
    deadlineAt: proposal.deadlineAt,
    commit: 'version' in proposal.action ? proposal.action.version.commit : null,
    building: job?.state === 'held' && begun === true,
    expectedAt: typeof expectedAt === 'number' ? expectedAt : null,
    dueAt: Math.floor((job?.dueAtMs ?? 0) / 1000),
  };
}

interface VoteState {
  readonly unvoted: readonly string[];
  readonly watched: boolean;
}

/** Boundary nodes that hang must not keep what the clock says. */
const VOTES_MS = 20_000;

/** Neurons whose votes cannot be seen are not assumed to have voted: then reminders are about the verdict. */
async function votesOf(
  { id, deadlineAt }: Proposal,
  now: number,
  { votes, reminders, votesMs = VOTES_MS }: ClockDeps,
  signal: AbortSignal,
): Promise<VoteState> {
  const near = deadlineAt !== null && now < deadlineAt && reminders.some((seconds) => deadlineAt - now <= seconds);
  if (!votes || !near) return { unvoted: [], watched: false };
  const enough = AbortSignal.any([signal, AbortSignal.timeout(votesMs)]);
  const look = await votes.look(id, enough).catch(() => null);
  if (look === null) return { unvoted: [], watched: false };
  return { unvoted: look.unvoted, watched: look.unclear.length === 0 };
}

function electionOf(
  { proposal, verdict, job }: ElectionState,
  deadlineAt: number,
  { end, guessed }: Expected,
  { unvoted, watched }: VoteState,
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
