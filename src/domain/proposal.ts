import type { Component } from './component.ts';
import type { CommitId, ProposalId, Sha256 } from './ids.ts';

export type ProposalStatus = 'open' | 'rejected' | 'adopted' | 'executed' | 'failed' | 'unknown';
export type RewardStatus = 'accept-votes' | 'ready-to-settle' | 'settled' | 'ineligible' | 'unknown';
export type ProposalKind = 'elect-guestos' | 'elect-hostos' | 'retire-only' | 'other';

/** One entry of SEV-SNP launch measurements, in the one form in which the three encodings are compared. */
export interface LaunchMeasurement {
  /** Lower-case hex; 96 digits when it is the 48 bytes it should be. */
  readonly measurement: string;
  readonly kernelCmdline: string | null;
  readonly vcpuType: string | null;
}

/** Vote counts in e8s of voting power, as decimal text: they exceed 2^53. */
export interface Tally {
  readonly yes: string;
  readonly no: string;
  readonly total: string;
}

/** What an election binds. Only complete and well-formed payloads become one. */
export interface ElectedVersion {
  readonly component: Component;
  readonly commit: CommitId;
  readonly packageSha256: Sha256;
  /** Not empty; in the payload's order, duplicates kept: they are a finding. */
  readonly packageUrls: readonly [string, ...string[]];
  /** null: the payload does not carry the field; []: it carries an empty list. */
  readonly launchMeasurements: readonly LaunchMeasurement[] | null;
  /** Version strings as they stand in the payload: strangers' text, of any form. */
  readonly retires: readonly string[];
}

/** What a deployment names. */
export interface Deployed {
  readonly component: 'guestos' | 'hostos';
  /** Each once; empty: none can be read in it. */
  readonly versions: readonly CommitId[];
  /** What it does cannot be done without a version. */
  readonly needsVersion: boolean;
}

/** What the proposal's action turned out to be. */
export type Action =
  | { readonly kind: 'elect-guestos' | 'elect-hostos'; readonly version: ElectedVersion }
  | { readonly kind: 'retire-only'; readonly component: Component; readonly retires: readonly string[] }
  /** Not of the election topic. */
  | { readonly kind: 'other'; readonly deploys?: Deployed }
  /** Of the election topic, but not to be understood: `code` says why. */
  | { readonly kind: 'undecodable'; readonly code: string; readonly sentence: string };

/** A proposal as the governance canister tells it. Times are UTC seconds; title and summary are strangers' text. */
export interface Proposal {
  readonly id: ProposalId;
  readonly topic: number;
  readonly title: string;
  readonly summary: string;
  readonly url: string;
  readonly proposer: string | null;
  readonly status: ProposalStatus;
  readonly rewardStatus: RewardStatus;
  readonly submittedAt: number;
  readonly deadlineAt: number | null;
  /** null while open. */
  readonly decidedAt: number | null;
  readonly executedAt: number | null;
  readonly failedAt: number | null;
  readonly failureReason: string | null;
  readonly tally: Tally | null;
  readonly action: Action;
}

/** The kind as tables and messages show it; what cannot be understood counts as `other`. */
export function kindOf(proposal: Proposal): ProposalKind {
  return proposal.action.kind === 'undecodable' ? 'other' : proposal.action.kind;
}

/** What may follow each status, itself included. A status that we do not know may come from, and lead, anywhere open. */
const FOLLOWS: Readonly<Record<ProposalStatus, readonly ProposalStatus[]>> = {
  open: ['open', 'unknown', 'adopted', 'rejected', 'executed', 'failed'],
  unknown: ['open', 'unknown', 'adopted', 'rejected', 'executed', 'failed'],
  adopted: ['adopted', 'executed', 'failed'],
  rejected: ['rejected'],
  executed: ['executed'],
  failed: ['failed'],
};

/**
 * Whether an answer is older than what is known: a status that went back, a decision undone, an earlier deadline or fewer
 * votes. Governance never does any of these, but a replica that lags, or lies, may.
 * @see https://github.com/dfinity/ic/blob/master/rs/nns/governance/src/proposals/mod.rs (wait for quiet only extends)
 */
export function isOlder(answer: Proposal, known: Proposal): boolean {
  return (
    !FOLLOWS[known.status].includes(answer.status) ||
    undone(answer.decidedAt, known.decidedAt) ||
    undone(answer.executedAt, known.executedAt) ||
    undone(answer.failedAt, known.failedAt) ||
    wentBack(answer.deadlineAt, known.deadlineAt) ||
    fewerVotes(answer, known)
  );
}

function undone(answer: number | null, known: number | null): boolean {
  return known !== null && answer === null;
}

function wentBack(answer: number | null, known: number | null): boolean {
  return known !== null && (answer === null || answer < known);
}

function fewerVotes({ tally: answer }: Proposal, { tally: known }: Proposal): boolean {
  if (answer === null || known === null) return false;
  return BigInt(answer.yes) < BigInt(known.yes) || BigInt(answer.no) < BigInt(known.no);
}
