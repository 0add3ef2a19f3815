import type { VerdictDocument } from './verdict-document.ts';
import type { Links } from './network.ts';
import type { ProposalKind, ProposalStatus, Tally } from './proposal.ts';
import type { CommitId, ProposalId } from './ids.ts';

/** What is told, and when: each is stored with the state that it tells, and delivered from there. */
export type NoticeType =
  | 'discovered' // a new open election
  | 'progress' // collecting, building 40 %: edits the living message, never pings
  | 'early-finding' // a mismatch that showed before any build ended; today that is a verdict, but rows of before stay
  | 'verdict' // a revision of the verdict
  | 'reminder' // time is running out without a verdict, or without the configured neuron's vote
  | 'cannot-finish' // the verdict will not be there before voting closes
  | 'decided' // the vote is decided; votes still count for rewards until the deadline
  | 'closed' // the deadline has passed
  | 'outcome' // adopted, rejected, executed, execution failed
  | 'registry-differs' // after the vote, the registry holds something else than was elected
  | 'deployment' // a proposal deploys a version without a verified verdict here
  | 'trouble' // something is wrong with this program or its surroundings, or is right again
  | 'test';

/** What a reader needs to know about the proposal, whatever is told. Title is strangers' text. */
export interface ProposalCard {
  readonly id: ProposalId;
  readonly kind: ProposalKind;
  readonly title: string;
  readonly commit: CommitId | null;
  readonly status: ProposalStatus;
  /** UTC seconds. */
  readonly submittedAt: number;
  readonly deadlineAt: number | null;
  readonly decidedAt: number | null;
  readonly tally: Tally | null;
  readonly links: Links;
  /** The proposal's own link, usually a forum post: strangers' text, shown but never followed. */
  readonly url: string;
}

/** Where the verification stands, for the living message. */
export interface Standing {
  readonly stage: 'queued' | 'waiting' | 'collecting' | 'building' | 'judging' | 'judged';
  /** 0–100; null where nothing is known. */
  readonly percent: number | null;
  /** UTC seconds; an estimate from past builds. */
  readonly expectedAt: number | null;
  /** Nothing was timed on this machine yet, so that `expectedAt` is a guess. */
  readonly guessed?: boolean;
}

/** One piece of news about one proposal (or, without a proposal, about the program), with the state that it tells. */
export interface Notice {
  /** Stable and unique: `proposal 143816 verdict 2`. The same news twice has the same key. */
  readonly key: string;
  readonly type: NoticeType;
  /** UTC seconds. */
  readonly at: number;
  /** `mainnet`, or `NOT MAINNET: …`. */
  readonly network: string;
  /** The news in one sentence of ours; strangers' text in it is quoted and bounded. */
  readonly sentence: string;
  /** Worth a mention: a verdict's change of outcome, a mismatch, a deadline that runs out. */
  readonly pings: boolean;
  readonly proposal: ProposalCard | null;
  readonly standing: Standing | null;
  /** The newest verdict so far, with all its evidence. */
  readonly verdict: VerdictDocument | null;
}

/** Where a notifier's message for a proposal lies on the other side; its own words, kept as text. */
export type RemoteMessage = Readonly<Record<string, string>>;

/** What is already there of the same proposal on this channel; null: nothing yet. */
export interface DeliveryContext {
  readonly previous: RemoteMessage | null;
  /** How often this notice was tried before: for channels that recognise a repetition by a nonce. */
  readonly attempt: number;
  readonly signal: AbortSignal;
}

/**
 * One channel. `deliver` makes the channel show the notice (posting, or editing what is there) and gives where it lies.
 * Throws a WatchError: `transport` is tried again (after `retryAfter` seconds), `rejected` will never work.
 */
export interface Notifier {
  /** Names the target, so that reordering settings sends nothing again: `discord:<webhook id>`. No secret in it. */
  readonly id: string;
  readonly deliver: (notice: Notice, context: DeliveryContext) => Promise<RemoteMessage | null>;
  readonly close: () => Promise<void>;
}
