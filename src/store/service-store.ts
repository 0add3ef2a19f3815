import type { AfterVote } from '../domain/after-vote.ts';
import type { Canaries } from '../domain/canary.ts';
import type { PastRun } from '../domain/retry-schedule.ts';
import type { CommitId, ProposalId } from '../domain/ids.ts';
import type { Blobs, RunId, RunStore } from '../domain/ports.ts';
import type {
  Elections,
  ElectionStates,
  Health,
  Job,
  Leases,
  Outbox,
  Pruned,
  IncidentStore,
  UnclaimedBuilds,
  VerdictSink,
  WorkQueue,
} from '../domain/service-ports.ts';
import type { RetentionStore } from './retention.ts';
import type { Stage } from '../domain/stage.ts';

/** The database as the service uses it. */
export interface ServiceStore {
  readonly blobs: Blobs;
  readonly elections: Elections;
  readonly states: ElectionStates;
  readonly queue: WorkQueue;
  readonly runs: RunStore;
  readonly stages: { readonly entered: (run: RunId, stage: Stage) => Promise<void> };
  readonly sink: VerdictSink;
  readonly outbox: Outbox;
  readonly health: Health;
  readonly troubles: IncidentStore;
  readonly leases: Leases;
  readonly afterVote: AfterVote;
  readonly canaries: Canaries;
  readonly retained: RetentionStore;
  /** Takes away a part of what nobody needs any more; all zero: nothing of it is left. */
  readonly prune: (nowMs: number) => Promise<Pruned>;
  /** Builds that nobody could take now; null: none wait, or a builder lives. */
  readonly unclaimed: () => Promise<UnclaimedBuilds | null>;
  /** The newest runs of a proposal that came to a verdict, newest first. */
  readonly judgedRuns: (id: ProposalId) => Promise<readonly PastRun[]>;
  /** What the builds of a commit gave that came to an end, as their builders wrote it. */
  readonly endedBuilds: (commit: CommitId) => Promise<readonly unknown[]>;
  /** Makes jobs due again whose workers died on this machine. */
  readonly reclaim: (kind: Job['kind']) => Promise<readonly string[]>;
  /** Makes due what still matters and these channels refused or have never heard, but for `except`. Gives the keys. */
  readonly requeueDead: (notifiers: readonly string[], except?: readonly string[]) => Promise<readonly string[]>;
}

/** Names of leases, one holder each. */
export const WATCH_LEASE = 'watch';
export const BUILDER_LEASES = 'builder ';
export const builderLease = (hostname: string): string => `${BUILDER_LEASES}${hostname}`;
