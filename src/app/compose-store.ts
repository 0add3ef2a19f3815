import type { Clock } from '../platform/clock.ts';
import type { Database } from '../store/database.ts';
import type { BlobFiles } from '../store/blobs.ts';
import { createCanaries } from '../store/canaries.ts';
import { createAfterVote } from '../store/after-vote.ts';
import { createRunStore } from '../store/runs.ts';
import { createRetentionStore } from '../store/retention.ts';
import { createElectionStates } from '../store/open-elections.ts';
import { createElections } from '../store/elections.ts';
import { createHealth, createIncidentStore } from '../store/health.ts';
import { createWorkQueue, reclaimJobs } from '../store/jobs.ts';
import { createLeases } from '../store/leases.ts';
import { createOutbox } from '../store/outbox.ts';
import { endedBuilds, judgedRuns } from '../store/builds.ts';
import { pruneSome } from '../store/prune.ts';
import { requeueDead } from '../store/dead-deliveries.ts';
import { createRunStages, createVerdictSink } from '../store/verdict-writer.ts';
import { unclaimedBuilds } from '../store/unclaimed-builds.ts';
import { BUILDER_LEASES, type ServiceStore } from '../store/service-store.ts';

export interface StoreParts {
  readonly database: Database;
  readonly blobs: BlobFiles;
  readonly clock: Clock;
  readonly network: string;
  readonly notifiers: readonly string[];
  readonly toolVersion: string;
  /** Told where a lease could not be renewed. */
  readonly onFailure?: (trouble: unknown) => void;
}

/** The database as the service uses it: the part of the composition that tests share. */
export function createServiceStore(parts: StoreParts): ServiceStore {
  const { database, blobs, clock, network, notifiers, toolVersion, onFailure } = parts;
  const now = (): number => clock.now();
  const health = createHealth(database);
  return {
    blobs,
    elections: createElections(database, { network, notifiers }),
    states: createElectionStates(database),
    queue: createWorkQueue(database),
    runs: createRunStore(database, now, network, toolVersion),
    stages: createRunStages(database, now),
    sink: createVerdictSink(database, now, toolVersion),
    outbox: createOutbox(database),
    health: {
      ...health,
      probe: async () => {
        await health.probe();
        // A database that has room in its own files says nothing about other files.
        await blobs.probe();
      },
    },
    troubles: createIncidentStore(database),
    leases: createLeases(database, { clock, ...(onFailure ? { onFailure } : {}) }),
    afterVote: createAfterVote(database),
    canaries: createCanaries(database),
    retained: createRetentionStore(database),
    prune: (nowMs) => pruneSome(database, nowMs),
    unclaimed: () => unclaimedBuilds(database, BUILDER_LEASES),
    judgedRuns: (id) => judgedRuns(database, id),
    endedBuilds: (commit) => endedBuilds(database, commit),
    reclaim: (kind) => reclaimJobs(database, kind),
    requeueDead: (undelivered, except = []) => requeueDead(database, undelivered, now(), except),
  };
}
