import type { Outcome } from './check.ts';
import type { Component } from './component.ts';
import type { VerdictDocument } from './verdict-document.ts';
import type { BlobName } from './evidence.ts';
import type { CommitId } from './ids.ts';
import type { ElectionRow, Status } from './overview.ts';
import type { ProposalKind } from './proposal.ts';
import type { Sought, StoredVerdict, ProposalHistory } from './proposal-history.ts';

/** Everything that the status page shows; nothing can be changed through it. */
export interface PageSource {
  /** `mainnet`, or `NOT MAINNET: …`. */
  readonly network: string;
  readonly toolVersion: string;
  /** STATUS_PUBLIC_URL, without a slash at its end; null: not set. */
  readonly publicUrl: string | null;
  /** UTC milliseconds. */
  readonly now: () => number;
  readonly status: () => Promise<Status>;
  readonly history: (filter: HistoryFilter) => Promise<History>;
  /** What is shown of the elections that were judged since then (UTC milliseconds). */
  readonly chart: (since: number) => Promise<ChartFacts>;
  readonly totals: () => Promise<Totals>;
  /** null: not known. */
  readonly find: (sought: Sought) => Promise<Shown | null>;
  /** The images of a commit that lie on this machine. */
  readonly images: (commit: CommitId) => Promise<readonly RetainedSide[]>;
  /** The build of a commit that goes on now; null: none does. */
  readonly building: (commit: CommitId) => Promise<BuildNow | null>;
  /** Some bytes of a kept build log, for people to read; null: no build log of this name is kept here. */
  readonly buildLog: (name: BlobName, from: number, bytes: number) => Promise<LogPart | null>;
}

/** One image that is kept: what a local build gave, or what was downloaded. */
export interface RetainedSide {
  readonly component: Component;
  readonly side: 'local' | 'published';
  readonly bytes: number;
}

/** What is known of a proposal, a commit or a hash. */
export interface Shown {
  readonly history: ProposalHistory;
  readonly document: VerdictDocument;
  /** Where what was sought is known, the newest first; bounded. */
  readonly matches: readonly Match[];
  /** There are no other places. */
  readonly complete: boolean;
}

/** One place where a commit or a hash is known, with its verdict. */
export interface Match {
  /** null: a run of a commit by hand. */
  readonly proposal: ElectionRow | null;
  readonly commit: CommitId | null;
  /** On which the verdict was given; null: there is no run. */
  readonly network: string | null;
  readonly verdict: StoredVerdict | null;
  /** What the proposal itself names. */
  readonly packageSha256: string | null;
  /** What was seen with these bytes, or kept under this name, in words: `image`, `build`. */
  readonly seenAs: readonly string[];
}

export interface HistoryFilter {
  /** `none`: without a verdict. */
  readonly outcome: Outcome | 'none' | null;
  readonly kind: ProposalKind | null;
  /** In which voting closes, in UTC: `2026-09`; null or none: any. */
  readonly month?: string | null;
  /** Within the title, or the beginning of the id or commit; null or none: any. */
  readonly text?: string | null;
  /** From 1. */
  readonly page: number;
}

/** One page of the elections that the filter leaves, the newest first. */
export interface History {
  readonly elections: readonly ElectionRow[];
  readonly total: number;
  readonly pages: number;
}

export interface ChartFacts {
  /** The newest verdict of each election. */
  readonly outcomes: readonly { readonly outcome: Outcome; readonly decidedAtMs: number }[];
  /** The latest builds, the newest first. */
  readonly builds: readonly TimedBuild[];
}

/** What was ever done with this database. */
export interface Totals {
  readonly verdicts: readonly { readonly outcome: Outcome; readonly count: number }[];
  readonly builds: number;
}

/** One build that came to its end. */
export interface TimedBuild {
  readonly commit: CommitId | null;
  readonly seconds: number;
  readonly atMs: number;
}

/** A build that goes on. */
export interface BuildNow {
  readonly attempt: number;
  /** UTC milliseconds. */
  readonly sinceMs: number;
  /** What the builder last said; null: nothing yet. */
  readonly seconds: number | null;
  /** The last lines of its log: a stranger's text, plain and bounded. */
  readonly tail: readonly string[];
  /** How many lines the log has so far. */
  readonly lines: number;
}

/** A piece of a log; its text may be cut within a character at both ends. */
export interface LogPart {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly total: number;
}
