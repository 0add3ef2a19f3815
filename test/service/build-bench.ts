import { createQueueBuilder } from '../../src/service/queued-builder.ts';
import type { WatchedBuild } from '../../src/service/build-preemption.ts';
import { buildNext } from '../../src/service/build-worker.ts';
import { unavailable, type FileHash, type HostFacts, type Observation } from '../../src/domain/evidence.ts';
import { courseOf } from '../../src/domain/failed-build.ts';
import { COMPONENTS, type Component } from '../../src/domain/component.ts';
import type { Builder, BuildOutcome, BuildRequest, Progress } from '../../src/domain/ports.ts';
import type { Job, WorkQueue } from '../../src/domain/service-ports.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createWorkQueue } from '../../src/store/jobs.ts';
import { BUILD, COMMIT, imageHash, MEASUREMENTS, MEASUREMENTS_SHA, seen, TREE } from '../support/evidence.ts';
import { emptySqlite, migrated } from '../support/databases.ts';
import { memoryLock } from '../support/memory-lock.ts';
import { quietLog } from './quiet-log.ts';

export const REQUEST: BuildRequest = { commit: COMMIT, tree: TREE, components: ['guestos'], attempt: 1, keep: false };
export const NEVER = new AbortController().signal;

export function outcomeOf(build: BuildOutcome['build']): BuildOutcome {
  const image = (component: Component): Observation<FileHash> =>
    build.status === 'observed' ? seen({ sha256: imageHash(component), bytes: 7 }) : build;
  return {
    build,
    images: new Map(COMPONENTS.map(({ component }) => [component, image(component)])),
    measurements:
      build.status === 'observed' ? seen({ sha256: MEASUREMENTS_SHA, bytes: 9, entries: MEASUREMENTS }) : build,
  };
}
export const failure = (observedAt: number): BuildOutcome['build'] =>
  unavailable('rejected', 'build-failed', 'It failed.', 'here', observedAt);
export const GOOD = outcomeOf(seen(BUILD));

export const GOES_ON: WatchedBuild = { signal: NEVER, reason: () => null, end: () => undefined };

/** A real queue; `works` puts a builder to work on it, and gives what was built. */
export async function bench(
  outcomes: readonly BuildOutcome[],
  failuresSince = 0,
  problems: HostFacts['problems'] = [],
  mayRebuild = true,
  givesWay = GOES_ON,
) {
  const database = await migrated(emptySqlite);
  const queue: WorkQueue = createWorkQueue(database);
  const built: BuildRequest[] = [];
  const progress: Progress[] = [];
  const builder: Builder = {
    build: async (request) => {
      built.push(request);
      return outcomes[built.length - 1] ?? GOOD;
    },
  };
  const worker = {
    queue,
    builder,
    tree: { kind: 'tree' as const, collect: async () => seen(TREE) },
    host: { kind: 'host' as const, collect: async () => seen({ problems, warnings: [], description: 'here' }) },
    lock: memoryLock(),
    clock: systemClock,
    log: quietLog,
    worker: 'builder 1',
    leaseMs: 30_000,
    preemption: { watch: () => givesWay },
  };
  const asks = createQueueBuilder({
    queue,
    clock: systemClock,
    pollMs: 5,
    failuresSince,
    courseOf: (outcome) => courseOf(outcome, { component: 'guestos', measurements: true }),
    mayRebuild: () => mayRebuild,
  });
  const ask = (request = REQUEST, signal = NEVER): Promise<BuildOutcome> =>
    asks.build(request, signal, (event) => progress.push(event));
  const work = async (): Promise<void> => {
    while (!(await buildNext(worker, NEVER))) await new Promise((later) => setTimeout(later, 5));
  };
  return { queue, built, ask, work, progress, worker, close: () => database.close() };
}

export async function claimed(queue: WorkQueue, leaseMs = 30_000, worker = 'unlucky'): Promise<Job> {
  for (;;) {
    const job = await queue.claim('build', worker, leaseMs);
    if (job) return job;
    await new Promise((later) => setTimeout(later, 5));
  }
}
