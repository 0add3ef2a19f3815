import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Loop } from '../../src/service/loop.ts';
import { BuildPreemption } from '../../src/service/build-preemption.ts';
import { buildNext } from '../../src/service/build-worker.ts';
import type { LoopPlan } from '../../src/service/supervisor.ts';
import { builderLease, type ServiceStore } from '../../src/store/service-store.ts';
import { ownIdentity } from '../../src/platform/process-tag.ts';
import type { Database } from '../../src/store/database.ts';
import { createCommitLock } from '../../src/store/leases.ts';
import type { ProcessClock } from '../support/virtual-clock.ts';
import { buildSite } from './build-site.ts';
import { logOf, pace, type Rig } from './rig.ts';

/** In the service a process of its own; here it lives and dies with the service. */
export function builderLoop(
  rig: Rig,
  database: Database,
  { queue, states }: ServiceStore,
  clock: ProcessClock,
): LoopPlan {
  const { outside, buildSeconds: seconds, noted } = rig;
  const deps = {
    queue,
    builder: buildSite({ outside, clock, seconds, ...(noted ? { noted } : {}) }),
    tree: outside.collectors.tree,
    host: outside.collectors.host,
    lock: createCommitLock(database, {
      clock,
      onFailure: (error) => logOf(rig).warn('Lock on a commit not renewed', { error }),
    }),
    clock,
    log: logOf(rig),
    worker: `${ownIdentity()} builder ${randomUUID()}`,
    leaseMs: 30_000,
    preemption: new BuildPreemption({ queue, states, clock, log: logOf(rig) }),
  };
  return {
    name: 'build',
    ticker: clock.ticker(pace(rig, 'build')),
    round: async (signal) => {
      while (!signal.aborted && (await buildNext(deps, signal)));
    },
  };
}

/** As a process of its own is started; this one dies with the service, and its lease is known to be over. */
export async function startBuilder(
  plan: LoopPlan,
  { leases }: ServiceStore,
  spawned: (what: 'before' | 'after') => void,
): Promise<number> {
  spawned('before');
  if (await leases.take(builderLease(hostname()))) new Loop({ ...plan, ended: () => undefined }).start();
  spawned('after');
  return process.pid;
}
