import type { Evidence, EvidenceKey, EvidenceKind, EvidenceValues, Observation } from './evidence.ts';
import type { BuildReport, FileHash, MeasurementsFile, BlobName, TreeFacts } from './evidence.ts';
import type { Reason } from './check.ts';
import type { Component } from './component.ts';
import type { CommitId, ProposalId } from './ids.ts';
import type { Proposal } from './proposal.ts';
import type { Verdict } from './verdict.ts';

/** What happens while a run goes on, for those who watch it. Never needed for the outcome. */
export type Progress =
  | { readonly type: 'stage'; readonly stage: 'collecting' | 'building' | 'judging'; readonly sentence: string }
  | {
      readonly type: 'download';
      readonly url: string;
      readonly received: number;
      readonly total: number | null;
      readonly done: boolean;
    }
  | {
      readonly type: 'build';
      readonly seconds: number;
      readonly lastLine: string;
      /** The last lines of its log, plain and bounded, and how many it has. */
      readonly log?: { readonly tail: readonly string[]; readonly lines: number };
    }
  /** A build that went on was broken off, by no fault of its own, and waits for its turn again. */
  | { readonly type: 'build-waits'; readonly why: string }
  | { readonly type: 'observed'; readonly key: EvidenceKey; readonly observation: Observation<unknown> }
  /** What is known so far; another will follow. */
  | { readonly type: 'verdict'; readonly verdict: Verdict; readonly revision: number }
  /** Something of our own that may pass; the run goes on. */
  | { readonly type: 'trouble'; readonly sentence: string }
  /** A mistake of this program; the run goes on with what else it reads, and `verify` ends as a bug does. */
  | { readonly type: 'bug'; readonly sentence: string; readonly error: unknown };
export type OnProgress = (progress: Progress) => void;

/** What a collector may ask of the run that it collects for. */
export interface CollectContext {
  readonly signal: AbortSignal;
  readonly progress: OnProgress;
  /** Waits for another observation of the same run; starts it if nobody did. */
  readonly observe: <K extends EvidenceKind>(key: EvidenceKey<K>) => Promise<Observation<EvidenceValues[K]>>;
  /** What this run has seen so far; only for deciding whether to look twice, never for judging. */
  readonly evidence: Evidence;
  /** Where downloads of this run's release may be kept; null where the commit is unknown. */
  readonly commit: CommitId | null;
}

/** Looks at one kind of thing in the outside world. Never throws for the outside world's failures. */
export interface Collector<K extends EvidenceKind> {
  readonly kind: K;
  readonly collect: (key: EvidenceKey<K>, context: CollectContext) => Promise<Observation<EvidenceValues[K]>>;
}

/** One collector per kind of evidence that is collected by key; builds and the proposal come by other ways. */
export type CollectedKind = Exclude<EvidenceKind, 'proposal' | 'build' | 'local-image' | 'local-measurements'>;
export type Collectors = { readonly [K in CollectedKind]: Collector<K> };

/** Reads one proposal, certified. */
export interface ProposalReader {
  read: (id: ProposalId, signal: AbortSignal) => Promise<Observation<Proposal>>;
}

/** Everything that the builder is told. It holds no secret and no path of ours. */
export interface BuildRequest {
  readonly commit: CommitId;
  readonly tree: TreeFacts;
  readonly components: readonly Component[];
  readonly attempt: number;
  /** Keep the workspace afterwards (`--debug`, a mismatch). */
  readonly keep: boolean;
}

/** What one build gave: each an observation, since each can fail by itself. */
export interface BuildOutcome {
  readonly build: Observation<BuildReport>;
  readonly images: ReadonlyMap<Component, Observation<FileHash>>;
  readonly measurements: Observation<MeasurementsFile>;
}

/** The codes of an unavailable `build` observation that are reasons of a verdict; others count as `build-failed`. */
export type BuildFailure = Extract<
  Reason,
  'host-unfit' | 'build-failed' | 'build-timeout' | 'not-built' | 'interrupted'
>;

/** Runs the commit's own build, apart from everything that we hold, and hashes what came out. */
export interface Builder {
  build: (request: BuildRequest, signal: AbortSignal, progress: OnProgress) => Promise<BuildOutcome>;
}

/** Bytes kept under their SHA-256. */
export interface Blobs {
  put: (bytes: Uint8Array) => Promise<BlobName>;
  /** null: not kept (any more). Throws where the kept bytes are not what their name says. */
  get: (name: BlobName) => Promise<Uint8Array | null>;
}

/** Where the observations and verdicts of a run are kept as they come. */
export interface RunStore {
  start: (run: {
    readonly proposal: Proposal | null;
    readonly proposalId: ProposalId | null;
    readonly commit: CommitId | null;
    readonly mode: 'proposal' | 'commit';
  }) => Promise<RunId>;
  observed: (run: RunId, key: EvidenceKey, observation: Observation<unknown>) => Promise<void>;
  /**
   * One transaction: results, the verdict's next revision, the run's end. Gives the revision. `so far`: the run goes on,
   * and another verdict of it follows.
   */
  judged: (run: RunId, verdict: Verdict, evidence: Evidence, until?: 'so far') => Promise<number>;
}
export type RunId = string;

export interface CommitTurn {
  /** Aborted where the turn is over before its release: then somebody else may build the commit. */
  readonly lost?: AbortSignal;
  readonly release: () => Promise<void>;
}

/** At most one build of a commit at a time, over all processes that share the database. */
export interface CommitLock {
  /** Waits for its turn; `undefined` when the signal ends the waiting. */
  acquire: (commit: CommitId, signal: AbortSignal) => Promise<CommitTurn | undefined>;
}
