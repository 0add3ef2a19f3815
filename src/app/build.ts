import { WatchError } from '../domain/errors.ts';
import { systemClock as clock } from '../platform/clock.ts';
import { ownIdentity } from '../platform/process-tag.ts';
import type { KeptBuilder } from '../verify/build/builder.ts';
import { Adapters } from './compose.ts';
import { loadConfig } from '../operator/config.ts';
import { thisMachine } from '../service/machine.ts';
import { openLog } from './open-log.ts';
import { BuildPreemption } from '../service/build-preemption.ts';
import { buildNext, type BuildWorkerDeps } from '../service/build-worker.ts';
import { builderLease, WATCH_LEASE, type ServiceStore } from '../store/service-store.ts';

export interface BuildOptions {
  readonly envFile?: string;
  /** Ends by itself where there is nothing to build and no `watch` runs. */
  readonly forWatch: boolean;
  /** More paths that no build may see. */
  readonly hide: readonly string[];
}

const IDLE_MS = 500;
const LEASE_MS = 30_000;
/** Idle rounds between two looks at what workspaces are left, and at the room that kept ones take. */
const UPKEEP_ROUNDS = 1200;
/** Rounds without work and without a `watch`: it may just be starting again. */
const ALONE_ROUNDS = 20;

/**
 * Takes build jobs until it is stopping, which ends a build; or until it is told that it is enough, which takes no
 * other. One builder a machine; whoever is second says so.
 */
export async function runBuilder(options: BuildOptions, stopping: AbortSignal, enough: AbortSignal): Promise<void> {
  const config = loadConfig(process.env, options.envFile === undefined ? {} : { envFile: options.envFile });
  const log = openLog(config).child({ process: 'builder' });
  const adapters = new Adapters(config, options.envFile ?? null, options.hide);
  try {
    const store = await adapters.store([], (error) => log.warn('Lease not renewed', { error }));
    const name = builderLease(thisMachine().hostname);
    const lease = await store.leases.take(name);
    if (!lease)
      throw new WatchError('input', 'second-builder', 'Another builder runs on this machine with this database.');
    const over = AbortSignal.any([stopping, lease.lost]);
    const { tree, host } = adapters.world(store.blobs).collectors;
    const builder = adapters.builder(store.blobs, true);
    const deps: BuilderLife = {
      queue: store.queue,
      builder,
      tree,
      host,
      lock: await adapters.commitLock((error) => log.warn('Lock on a commit not renewed', { error })),
      clock,
      log,
      worker: `${ownIdentity()} ${name}`,
      leaseMs: LEASE_MS,
      preemption: new BuildPreemption({ queue: store.queue, states: store.states, clock, log }),
    };
    // Not only before the next build: there may be none, as of one over which builders died too often.
    await sweep(deps);
    for (const build of await store.reclaim('build')) log.info('Build restarted', { build });
    log.info('Builder ready', { pid: process.pid });
    try {
      await takeJobs(deps, store, options.forWatch, over, enough);
    } finally {
      await lease.release().catch((error: unknown) => {
        log.warn('Lease could not be released; it expires by itself', { error });
      });
      log.info('Builder stopped');
    }
  } finally {
    await adapters.close();
  }
}

type BuilderLife = BuildWorkerDeps & { readonly builder: KeptBuilder };

async function sweep({ builder, log }: BuilderLife): Promise<void> {
  await builder
    .sweep()
    .catch((error: unknown) => log.warn('Leftovers of dead builders could not be removed', { error }));
}

async function takeJobs(
  deps: BuilderLife,
  { leases }: ServiceStore,
  forWatch: boolean,
  over: AbortSignal,
  enough: AbortSignal,
): Promise<void> {
  let [alone, idle] = [0, 0];
  const leaving = AbortSignal.any([over, enough]);
  while (!leaving.aborted && !(forWatch && alone >= ALONE_ROUNDS)) {
    const built = await buildNext(deps, over).catch((thrown: unknown) => {
      deps.log.error('Queue could not be read', { error: thrown });
      return false;
    });
    if (built) {
      await deps.builder
        .cleared()
        .catch((error: unknown) => deps.log.warn('Workspace could not be removed', { error }));
      continue;
    }
    alone = (await leases.isHeld(WATCH_LEASE).catch(() => true)) ? 0 : alone + 1;
    idle += 1;
    if (idle % UPKEEP_ROUNDS === 0) {
      await sweep(deps);
      await deps.builder
        .makeRoom()
        .catch((error: unknown) => deps.log.warn('Disk space could not be freed', { error }));
    }
    await clock.sleep(IDLE_MS, leaving);
  }
}
