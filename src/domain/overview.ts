import type { CanaryRun } from './canary.ts';
import type { Outcome, Reason } from './check.ts';
import type { CommitId, ProposalId } from './ids.ts';
import type { ProposalKind, ProposalStatus, Tally } from './proposal.ts';
import type { ServiceHealth } from './health.ts';
import type { Job, LoopHealth, Incident, UnfinishedJob } from './service-ports.ts';

/** One election as lists show it. */
export interface ElectionRow {
  readonly id: ProposalId;
  readonly kind: ProposalKind;
  /** Plain and bounded; null where only an older version of this program saw the proposal. */
  readonly title: string | null;
  readonly status: ProposalStatus;
  readonly commit: CommitId | null;
  /** UTC seconds. */
  readonly deadlineAt: number | null;
  readonly tally: Tally | null;
  readonly verdict: {
    readonly outcome: Outcome;
    readonly reason: Reason | null;
    readonly confirmed: boolean | null;
    readonly final: boolean;
    readonly revision: number;
    readonly by: 'service' | 'hand';
    readonly decidedAtMs: number;
  } | null;
  readonly job: UnfinishedJob | null;
  readonly mutedUntilMs: number | null;
}

/** What the program is doing now, as `status` shows it. */
export interface Running {
  /** Names of the leases that somebody holds: the service, its builders, builds by hand. */
  readonly leases: readonly string[];
  readonly queue: readonly { readonly kind: Job['kind']; readonly waiting: number; readonly held: number }[];
  /** Work that somebody holds. */
  readonly held: readonly HeldJob[];
  readonly deliveries: readonly {
    readonly notifier: string;
    readonly waiting: number;
    readonly failing: number;
    readonly dead: number;
    readonly sentAtMs: number | null;
  }[];
}

/** Work that somebody holds. */
export interface HeldJob {
  readonly kind: Job['kind'];
  readonly key: string;
  readonly worker: string;
  readonly attempt: number;
  readonly sinceMs: number;
  readonly progress: unknown;
}

/** How the program is doing, in one screen. */
export interface Status extends Running {
  readonly network: string;
  readonly toolVersion: string;
  /** UTC milliseconds. */
  readonly at: number;
  readonly health: ServiceHealth;
  readonly watching: boolean;
  readonly loops: readonly LoopHealth[];
  readonly troubles: readonly Incident[];
  /** Elections with votes to come, the most urgent first. */
  readonly elections: readonly ElectionRow[];
  /** Seconds that the latest runs and builds took, newest first. */
  readonly pastRuns: readonly number[];
  readonly pastBuilds: readonly number[];
  /** The newest canary that came to an end; null: none did. */
  readonly canary?: CanaryRun | null;
}
