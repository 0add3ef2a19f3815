import type { Outcome } from '../domain/check.ts';
import type { VerdictDocument } from '../domain/document.ts';
import type { CommitId, ProposalId, Sha256 } from '../domain/ids.ts';
import type { ElectionRow, Status } from '../domain/overview.ts';
import type { ProposalKind } from '../domain/proposal.ts';
import type { Place, Story } from '../domain/story.ts';

/** Everything that the page shows; nothing can be changed through it. */
export interface StatusSource {
  /** `mainnet`, or `NOT MAINNET: …`. */
  readonly network: string;
  readonly toolVersion: string;
  /** STATUS_PUBLIC_URL, without a slash at its end; null: not set. */
  readonly publicUrl: string | null;
  /** UTC milliseconds. */
  readonly now: () => number;
  readonly status: () => Promise<Status>;
  readonly history: (filter: HistoryFilter) => Promise<History>;
  /** null: not known. */
  readonly find: (what: { readonly sought: ProposalId | CommitId | Sha256 }) => Promise<Shown | null>;
}

/** What is known of a proposal, a commit or a hash. */
export interface Shown {
  readonly story: Story;
  readonly others: readonly Place[];
  readonly document: VerdictDocument;
  /** Seconds by stage, up to the verdict. */
  readonly seconds: Readonly<Record<string, number>>;
}

export interface HistoryFilter {
  /** `none`: without a verdict. */
  readonly outcome: Outcome | 'none' | null;
  readonly kind: ProposalKind | null;
  /** From 1. */
  readonly page: number;
}

/** One page of the elections that the filter leaves. */
export interface History {
  readonly elections: readonly ElectionRow[];
  readonly total: number;
  readonly pages: number;
}
