import type { Evidence } from './evidence.ts';
import type { CommitId, ProposalId } from './ids.ts';
import type { Notice, NoticeType, RemoteMessage } from './notice.ts';
import type { Proposal } from './proposal.ts';
import type { RunId } from './ports.ts';
import type { Verdict } from './verdict.ts';

/** What discovering needs to know of what is known, and where it puts what it found. */
export interface Elections {
  /**
   * `newest`: every election up to this id was recorded, as `record` was last told by `seenTo`; null: a first start. What
   * a verification by hand stores does not move it, or the elections between would never be found. `unfinished`: the
   * elections whose history has not ended.
   */
  readonly known: () => Promise<{ readonly newest: ProposalId | null; readonly unfinished: readonly ProposalId[] }>;
  /**
   * One transaction: snapshots, a run for each election that wants one, the notices that this makes. `history`: seen at
   * a first start and already over; recorded, and neither verified nor told. A snapshot that is older than what is
   * known (fewer votes, an earlier deadline, a status that went back) is refused: its id is given back.
   */
  readonly record: (
    found: readonly { readonly proposal: Proposal; readonly history: boolean }[],
    seenAtMs: number,
    /** Every election up to this id is recorded with this call; kept, never lowered, and given back as `newest`. */
    seenTo?: ProposalId,
  ) => Promise<{ readonly refused: readonly ProposalId[] }>;
}

/** A unit of work that one worker at a time holds by a lease. `key` is unique among the unfinished of its kind. */
export interface Job {
  readonly id: string;
  readonly kind: 'verify' | 'build';
  readonly key: string;
  /** JSON. */
  readonly input: unknown;
  /** How often it was claimed and not given back since a try came to its end, this time included. */
  readonly attempt: number;
  /** What was said when it was last put off or given back; null: it never was. */
  readonly why: string | null;
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
  /** `ended`: this try came to its end, so that failures are counted anew. */
  readonly postpone: (id: string, worker: string, retryAtMs: number, why: string, how?: 'ended') => Promise<boolean>;
  /** For whoever has to stop, which is not the job's fault: this claim does not count. */
  readonly giveBack: (id: string, worker: string, why: string) => Promise<boolean>;
  /** The newest job with this key, finished or not, with its progress and result, and why it was last put off. */
  readonly look: (
    kind: Job['kind'],
    key: string,
  ) => Promise<{
    readonly state: 'queued' | 'held' | 'finished';
    readonly progress: unknown;
    readonly result: unknown;
    readonly why: string | null;
  } | null>;
}

/** A verdict of a run, with what makes the notices that tell it. */
export interface Conclusion {
  readonly verdict: Verdict;
  /** What it was judged from: all of it was stored before. */
  readonly evidence: Evidence;
  /** Nothing more will be tried for it. */
  readonly final: boolean;
  /** The run has not ended: another verdict of it follows. */
  readonly goesOn?: boolean;
  /** Given the revision, called within the transaction: synchronous and pure. */
  readonly tell: (revision: number) => readonly Notice[];
  readonly notifiers: readonly string[];
}

/** Verdicts on their way to people: stored with the state that they tell. */
export interface VerdictSink {
  /**
   * One transaction: results, revision, the stage of a run that ends with it, one delivery per notice and notifier. Gives the revision, which
   * counts the changes of the proposal's verdict over all its runs: one that tells nothing new keeps the number.
   */
  readonly conclude: (run: RunId, conclusion: Conclusion) => Promise<number>;
}

/** What is known of one election, for the clock and the texts. */
export interface ElectionState {
  /** Newest snapshot. */
  readonly proposal: Proposal;
  readonly verdict: {
    readonly verdict: Verdict;
    readonly final: boolean;
    readonly decidedAtMs: number;
    /** The notice that told it, or null where nothing did: later notices show its document again. */
    readonly notice: Notice | null;
  } | null;
  /** Its unfinished `verify` job; progress is what its worker last said. */
  readonly job: UnfinishedJob | null;
}

export interface UnfinishedJob {
  readonly state: 'queued' | 'held';
  readonly dueAtMs: number;
  readonly attempt: number;
  /** What was said when it was last put off or given back; null: it never was. */
  readonly why: string | null;
  readonly progress: unknown;
}

/** Elections as the loops see them. */
export interface ElectionStates {
  /** Elections that are not history and whose history has not ended: open, undecided, unexecuted or with work to do. */
  readonly unfinished: () => Promise<readonly ElectionState[]>;
  /** null: never seen. */
  readonly one: (id: ProposalId) => Promise<ElectionState | null>;
  /** Seconds that the latest runs with a build took, newest first; at most ten. */
  readonly pastRuns: () => Promise<readonly number[]>;
}

/** Something wrong with the program or its surroundings, from its beginning to its end. */
export interface Incident {
  /** Stable: `loop discover`, `channel discord:1`, `disk`. */
  readonly key: string;
  readonly sentence: string;
  /** UTC milliseconds. */
  readonly sinceMs: number;
}

export interface IncidentStore {
  readonly open: () => Promise<readonly Incident[]>;
  /** One transaction with its notice. Nothing happens where it has begun already. */
  readonly begin: (trouble: Incident, notice: Notice, notifiers: readonly string[]) => Promise<void>;
  /** One transaction with its notice. Nothing happens where it is over already. */
  readonly end: (key: string, notice: Notice, notifiers: readonly string[]) => Promise<void>;
}

/** What one process at a time may be: the service of this database, its builder. */
export interface Leases {
  /** Does not wait; null: somebody else is it. `lost` is aborted where it could not be renewed in time. */
  readonly take: (
    name: string,
  ) => Promise<{ readonly lost: AbortSignal; readonly release: () => Promise<void> } | null>;
  /** Whether anybody holds it now. */
  readonly isHeld: (name: string) => Promise<boolean>;
}

/** One notice for one notifier. */
export interface Delivery {
  readonly id: string;
  readonly notifier: string;
  readonly notice: Notice;
  readonly attempt: number;
  /** Where the notifier's message for the same proposal lies, from an earlier delivery. */
  readonly previous: RemoteMessage | null;
  /** A later notice about the same proposal was enqueued for this notifier. */
  readonly overtaken: boolean;
  /** What those are that it was told, or will be. */
  readonly later: readonly NoticeType[];
  /** What it was told of the same proposal before. */
  readonly told: readonly NoticeType[];
  /** What it was not told of the same proposal since it was last told anything of it. */
  readonly missed: readonly NoticeType[];
  /** UTC milliseconds; null: its proposal is not muted. */
  readonly mutedUntilMs: number | null;
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
  /** Not sent, since it makes no sense any more. */
  readonly skipped: (id: string, why: string) => Promise<void>;
  /** When the notifier's next delivery is due; null: none waits. */
  readonly nextDueMs: (notifier: string) => Promise<number | null>;
}

/** How the program itself is doing, for `status`, the page and the notices of trouble. */
export interface Health {
  /** The loops that there are from now on; what is known of others is forgotten. */
  readonly begin: (loops: readonly string[], atMs: number) => Promise<void>;
  readonly ended: (loop: string, atMs: number, failure: { code: string; message: string } | null) => Promise<void>;
  /** Throws where there is no room for a few more rows or files, which changing a row in its place would not show. */
  readonly probe: () => Promise<void>;
  readonly loops: () => Promise<readonly LoopHealth[]>;
}

/** How the rounds of one loop ended. Times are UTC milliseconds. */
export interface LoopHealth {
  readonly loop: string;
  /** When the service that runs it began; null: not told. */
  readonly begunMs: number | null;
  readonly lastOkMs: number | null;
  readonly lastFailure: { readonly atMs: number; readonly code: string; readonly message: string } | null;
}

/** How the configured neurons stand to one proposal. */
export interface VoteStatus {
  /** Certainly without a vote so far. */
  readonly unvoted: readonly string[];
  /**
   * Whose votes cannot be seen, and why. Nothing is assumed of them: where all are so, reminders are about the verdict,
   * as if no neuron were configured.
   */
  readonly unclear: readonly { readonly neuron: string; readonly why: string }[];
}

/** Who of the configured public neurons has voted on what. Throws a WatchError where nobody can be asked. */
export interface Votes {
  readonly look: (id: ProposalId, signal: AbortSignal) => Promise<VoteStatus>;
}

/** How much was taken away that nobody needs any more. */
export interface Pruned {
  readonly runs: number;
  readonly jobs: number;
  readonly notices: number;
  readonly others: number;
}

/** Builds that are due while nobody lives who could take them. */
export interface UnclaimedBuilds {
  readonly builds: number;
  /** UTC milliseconds: since when the first of them waits. */
  readonly sinceMs: number;
}

/** What one build job asks for; the builder gets nothing else. */
export interface BuildJob {
  readonly commit: CommitId;
  readonly attempt: number;
}
