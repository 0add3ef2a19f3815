import type { VersionAfterVote } from './version-after-vote.ts';
import type { Evidence } from './evidence.ts';
import type { CommitId, ProposalId, Sha256 } from './ids.ts';
import type { RunId } from './ports.ts';
import type { Proposal } from './proposal.ts';
import type { Stage } from './stage.ts';
import type { Verdict } from './verdict.ts';

/** What is asked for; a number can only be a proposal, 40 digits a commit, 64 the SHA-256 of something. */
export type Sought = { readonly proposal: ProposalId } | { readonly commit: CommitId } | { readonly sha256: Sha256 };

/** What can be shown: a proposal with its runs, or a run of a commit by itself. */
export interface Place {
  readonly proposal: ProposalId | null;
  readonly run: RunId | null;
}

/** One verdict of a run, as it is kept. */
export interface StoredVerdict {
  readonly verdict: Verdict;
  readonly revision: number;
  /** UTC milliseconds. */
  readonly decidedAt: number;
  /** Sequence numbers of the evidence that it was judged from. */
  readonly judgedFrom: readonly number[];
  /** Nothing more would be tried for it. */
  readonly final: boolean;
  /** The notice that told it, if any did. */
  readonly noticeKey: string | null;
  /** Version of the program that judged; null: not recorded. */
  readonly toolVersion: string | null;
}

/** One run, from its first stage to its last verdict. */
export interface StoredRun {
  readonly id: RunId;
  readonly commit: CommitId | null;
  /** On which it was made: `mainnet`, or `NOT MAINNET: …`. */
  readonly network: string;
  readonly stage: Stage;
  readonly startedAtMs: number;
  readonly stages: readonly { readonly stage: Stage; readonly atMs: number }[];
  readonly verdicts: readonly StoredVerdict[];
}

/** One piece of news, and what became of it on each channel. */
export interface StoredNotice {
  readonly key: string;
  readonly type: string;
  readonly at: number;
  readonly sentence: string;
  readonly deliveries: readonly {
    readonly notifier: string;
    readonly state: string;
    readonly attempt: number;
    readonly doneAtMs: number | null;
    readonly dueAtMs: number;
    readonly why: string | null;
  }[];
}

/** Everything known of one place. */
export interface ProposalHistory {
  readonly proposal: Proposal | null;
  /** UTC milliseconds; null: no proposal. */
  readonly firstSeenAtMs: number | null;
  /** The run whose verdict, or whose work so far, is shown; null: none began. */
  readonly run: StoredRun | null;
  /** What stands as the verdict of this place. */
  readonly verdict: StoredVerdict | null;
  /** What the verdict was judged from; without one, all that the run saw. */
  readonly evidence: Evidence;
  /** All runs, the first one first. */
  readonly runs: readonly StoredRun[];
  readonly notices: readonly StoredNotice[];
  /** What followed the vote; null: nothing is known of it. */
  readonly afterVote: VersionAfterVote | null;
}
