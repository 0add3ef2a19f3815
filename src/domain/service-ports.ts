import type { CommitId, ProposalId } from './ids.ts';
import type { Notice, RemoteMessage } from './notice.ts';
import type { Proposal } from './proposal.ts';
import type { RunId } from './ports.ts';
import type { Verdict } from './verdict.ts';

/** What discovering needs to know of what is known, and where it puts what it found. */
export interface Elections {
  /** Newest proposal id that was ever seen, of any topic, and the elections whose story has not ended. */
  readonly known: () => Promise<{ readonly newest: ProposalId | null; readonly unfinished: readonly ProposalId[] }>;
  /**
   * One transaction: snapshots, a run for each election that wants one, the notices that this makes. `history`: seen at
   * a first start and already over; recorded, and neither verified nor told. A snapshot that is older than what is
   * known (fewer votes, an earlier deadline, a status that went back) is refused: its id is given back.
   */
  readonly record: (
    found: readonly { readonly proposal: Proposal; readonly history: boolean }[],
    seenAtMs: number,
  ) => Promise<{ readonly refused: readonly ProposalId[] }>;
}

/** A unit of work that one worker at a time holds by a lease. `key` is unique among the unfinished of its kind. */
export interface Job {
  readonly id: string;
  readonly kind: 'verify' | 'build';
  readonly key: string;
  /** JSON. */
  readonly input: unknown;
  /** How often it was claimed, this time included. */
  readonly attempt: number;
}

/** Leases are kept and compared by the database's clock; whoever dies loses his when it runs out. */
export interface WorkQueue {
  /** Nothing happens where an unfinished job has the same kind and key. */
  readonly enqueue: (job: Pick<Job, 'kind' | 'key' | 'input'>, notBeforeMs: number) => Promise<void>;
  /** The most urgent job that is due (`byUrgency` for verify, first come for build); null: none. */
  readonly claim: (kind: Job['kind'], worker: string, leaseMs: number) => Promise<Job | null>;
  /** False: the lease was lost, and the work must be given up. */
  readonly heartbeat: (id: string, worker: string, leaseMs: number, progress: unknown) => Promise<boolean>;
  readonly finish: (id: string, worker: string, result: unknown) => Promise<boolean>;
  readonly postpone: (id: string, worker: string, retryAtMs: number, why: string) => Promise<boolean>;
  /** The newest job with this key, finished or not, with its progress and result. */
  readonly look: (
    kind: Job['kind'],
    key: string,
  ) => Promise<{
    readonly state: 'queued' | 'held' | 'finished';
    readonly progress: unknown;
    readonly result: unknown;
  } | null>;
}

/** Verdicts on their way to people: stored with the state that they tell. */
export interface VerdictSink {
  /** One transaction: results, revision, the run's stage, one delivery per notifier. Gives the revision. */
  readonly conclude: (run: RunId, verdict: Verdict, final: boolean) => Promise<number>;
}

/** One notice for one notifier. */
export interface Delivery {
  readonly id: string;
  readonly notifier: string;
  readonly notice: Notice;
  readonly attempt: number;
  /** Where the notifier's message for the same proposal lies, from an earlier delivery. */
  readonly previous: RemoteMessage | null;
}

/** Rows of the outbox. Nothing is marked sent before it was sent. */
export interface Outbox {
  /** One row per notifier; a notice whose key was enqueued before changes nothing. */
  readonly enqueue: (notices: readonly Notice[], notifiers: readonly string[]) => Promise<void>;
  readonly told: (keys: readonly string[]) => Promise<ReadonlySet<string>>;
  /** The next due delivery of a notifier; earlier ones of the same proposal first. */
  readonly next: (notifier: string, nowMs: number) => Promise<Delivery | null>;
  readonly sent: (id: string, remote: RemoteMessage | null, atMs: number) => Promise<void>;
  readonly retry: (id: string, atMs: number, why: string) => Promise<void>;
  readonly dead: (id: string, why: string) => Promise<void>;
}

/** How the program itself is doing, for `status`, the page and the notices of trouble. */
export interface Health {
  readonly ended: (loop: string, atMs: number, failure: { code: string; message: string } | null) => Promise<void>;
  readonly loops: () => Promise<
    readonly {
      loop: string;
      lastOkMs: number | null;
      lastFailure: { atMs: number; code: string; message: string } | null;
    }[]
  >;
}

/** Who of the configured public neurons has voted on what. */
export interface Votes {
  readonly unvoted: (id: ProposalId) => Promise<readonly string[]>;
}

/** What one build job asks for; the builder gets nothing else. */
export interface BuildJob {
  readonly commit: CommitId;
  readonly attempt: number;
}
