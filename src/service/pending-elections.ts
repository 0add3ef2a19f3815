import { expectedEnds, givesWayTo, leavesRoom, type Pending } from '../domain/eta.ts';
import type { CommitId, ProposalId } from '../domain/ids.ts';
import type { Standing } from '../domain/notice.ts';
import type { ElectionState, ElectionStates } from '../domain/service-ports.ts';
import { estimate } from '../domain/reminders.ts';

export interface PendingDeps {
  readonly states: Pick<ElectionStates, 'unfinished' | 'pastRuns'>;
  /** UTC milliseconds. */
  readonly now: () => number;
}

/** When verdicts are expected, by proposal, in UTC seconds; and whether that rests on no run of this machine. */
export async function expectedVerdicts(
  states: readonly ElectionState[],
  { states: { pastRuns }, now }: PendingDeps,
): Promise<{ readonly ends: ReadonlyMap<string, number>; readonly guessed: boolean }> {
  const { seconds, guessed } = estimate(await pastRuns());
  return { ends: expectedEnds(pendingOf(states), secondsOf(now), seconds), guessed };
}

/** Whether a second build of one proposal leaves the others in time for their deadlines. */
export async function roomForSecondBuild(id: ProposalId, { states, now }: PendingDeps): Promise<boolean> {
  const others = (await states.unfinished()).filter(({ proposal }) => proposal.id !== id);
  const { seconds } = estimate(await states.pastRuns());
  return leavesRoom(pendingOf(others), secondsOf(now), seconds, seconds);
}

/** The elections that are in time only if the build of this commit, which goes on, gives way to theirs. */
export async function waitingBehind(commit: CommitId, { states, now }: PendingDeps): Promise<readonly Pending[]> {
  const pending = pendingOf(await states.unfinished());
  const { seconds } = estimate(await states.pastRuns());
  return givesWayTo(pending, commit, secondsOf(now), seconds);
}

const secondsOf = (now: () => number): number => Math.floor(now() / 1000);

function pendingOf(states: readonly ElectionState[]): readonly Pending[] {
  return states.filter(wantsVerdict).map(pending);
}

/** A verdict that is only “not yet” is none for those who wait. */
function wantsVerdict({ verdict, job }: ElectionState): boolean {
  return job !== null && verdict?.final !== true;
}

function pending({ proposal, job }: ElectionState): Pending {
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
