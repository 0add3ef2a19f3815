import type { ProposalId } from '../domain/ids.ts';
import type { Proposal, Tally } from '../domain/proposal.ts';
import type { ListedProposal, Snapshot } from './list-candid.ts';
import { undecodable } from './election.ts';

/** How an election stood when it was last read certified. */
export interface Remembered {
  readonly snapshot: Snapshot;
  readonly readAtMs: number;
}

/** Something about the lists that is not as it should be, though rounds go on. */
export interface DiscoverFailure {
  /** Stable: the same trouble has the same key in the next round. */
  readonly key: string;
  readonly sentence: string;
}

/** Kept between rounds by who calls them; lost with the process, which makes the first round read everything. */
export interface DiscoverMemory {
  readonly elections: Map<ProposalId, Remembered>;
  /** Until somebody looks again and finds them gone: most rounds do not look at everything. */
  readonly troubles: Map<string, DiscoverFailure>;
}

export const createDiscoverMemory = (): DiscoverMemory => ({ elections: new Map(), troubles: new Map() });

/** So long at most a node can keep a change from us. */
const MOST_AGE_MS = 3_600_000;

/** Whether an election is to be read certified: it never was, not lately, its deadline passed, or it seems to differ. */
export function isDue(remembered: Remembered | undefined, listed: Snapshot | undefined, nowMs: number): boolean {
  if (!remembered) return true;
  const { snapshot, readAtMs } = remembered;
  if (nowMs - readAtMs >= MOST_AGE_MS || nowMs < readAtMs) return true;
  const deadlineMs = (snapshot.deadlineAt ?? Infinity) * 1000;
  if (readAtMs < deadlineMs && deadlineMs <= nowMs) return true;
  return listed !== undefined && differs(snapshot, listed);
}

/** Votes come in all the time; they matter where they could change what people expect. */
function differs(before: Snapshot, after: Snapshot): boolean {
  return (
    before.status !== after.status ||
    before.rewardStatus !== after.rewardStatus ||
    before.deadlineAt !== after.deadlineAt ||
    before.decidedAt !== after.decidedAt ||
    before.executedAt !== after.executedAt ||
    before.failedAt !== after.failedAt ||
    tallyMoved(before.tally, after.tally)
  );
}

/** By a hundredth of all voting power, or to the other side. */
function tallyMoved(before: Tally | null, after: Tally | null): boolean {
  if (!before || !after) return before !== after;
  const [yes, no] = [BigInt(after.yes), BigInt(after.no)];
  const [yesBefore, noBefore] = [BigInt(before.yes), BigInt(before.no)];
  const moved = distance(yes, yesBefore) + distance(no, noBefore);
  return moved > 0n && (yes > no !== yesBefore > noBefore || moved * 100n >= BigInt(after.total));
}

const distance = (a: bigint, b: bigint): bigint => (a > b ? a - b : b - a);

/** Whether two looks at an election show the same, to the last vote. */
export function sameSnapshot(a: Snapshot, b: Snapshot): boolean {
  return tellingPart(a) === tellingPart(b);
}

function tellingPart({ status, rewardStatus, deadlineAt, decidedAt, executedAt, failedAt, tally }: Snapshot): string {
  const votes = tally && [tally.yes, tally.no, tally.total];
  return JSON.stringify([status, rewardStatus, deadlineAt, decidedAt, executedAt, failedAt, votes]);
}

/** Certainly over: a status or a reward that is not known says nothing, and then the deadline decides where there is one. */
export function isOver(snapshot: Snapshot, nowMs: number): boolean {
  const { status, rewardStatus, deadlineAt } = snapshot;
  if (isVoting(snapshot)) return false;
  if (status !== 'unknown' && rewardStatus !== 'unknown') return true;
  return deadlineAt !== null && deadlineAt * 1000 <= nowMs;
}

/** Votes still count for something: the election is not decided, or rewards are still to be had. */
export function isVoting({ status, rewardStatus }: Snapshot): boolean {
  return status === 'open' || rewardStatus === 'accept-votes';
}

/**
 * A proposal of which only the list could be read. How far its vote is, and until when people vote, is taken from a list
 * that is certified, and from no other.
 */
export function unreadableProposal(listed: ListedProposal, certified: boolean): Proposal {
  const { id, topic, submittedAt } = listed;
  const { status, rewardStatus, deadlineAt, decidedAt, executedAt, failedAt, tally } = certified ? listed : UNKNOWN;
  return {
    id,
    topic,
    title: '',
    summary: '',
    url: '',
    proposer: null,
    status,
    rewardStatus,
    submittedAt,
    deadlineAt,
    decidedAt,
    executedAt,
    failedAt,
    failureReason: null,
    tally,
    action: undecodable(
      'proposal-unreadable',
      'Governance lists the proposal, but its answer about it cannot be read.',
    ),
  };
}

const UNKNOWN: Snapshot = {
  status: 'unknown',
  rewardStatus: 'unknown',
  deadlineAt: null,
  decidedAt: null,
  executedAt: null,
  failedAt: null,
  tally: null,
};
