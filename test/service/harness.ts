import { ChannelSet } from '../../src/service/channel-set.ts';
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { createServiceStore } from '../../src/app/compose-store.ts';
import type { Adapters } from '../../src/app/compose.ts';
import { StorageAlert } from '../../src/service/storage-alert.ts';
import { planWorkers, type ServiceParts } from '../../src/service/workers.ts';
import { Service, type LoopPlan } from '../../src/service/supervisor.ts';
import { WATCH_LEASE, type ServiceStore } from '../../src/store/service-store.ts';
import { NoteFile } from '../../src/platform/note-file.ts';
import { ownIdentity } from '../../src/platform/process-tag.ts';
import { createBlobs } from '../../src/store/blobs.ts';
import { openSqlite, type Database } from '../../src/store/database.ts';
import { createLeases } from '../../src/store/leases.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createDiscoverMemory } from '../../src/watcher/discover-due.ts';
import type { ProcessClock, VirtualClock } from '../support/virtual-clock.ts';
import { builderLoop, startBuilder } from './builder-loop.ts';
import { configOf, logOf, pace, type Rig } from './rig.ts';

/** A running process: the service with a builder beside it. */
export interface RunningService {
  readonly database: Database;
  readonly store: ServiceStore;
  /** Aborted where the process would end by itself, to be started again. */
  readonly lost: AbortSignal;
  /** As asked by a signal that lets it end. */
  readonly stop: () => Promise<void>;
  /** As by SIGKILL: whatever is going on never goes on. */
  readonly kill: () => Promise<void>;
}

/** Starts the real loops on the real database; waits where another process still holds the lease. */
export async function startService(rig: Rig): Promise<RunningService> {
  mkdirSync(join(rig.directory, 'cache'), { recursive: true });
  const clock = rig.clock.process();
  const notifiers = rig.chats.map((chat) => chat.notifier());
  const note = new NoteFile(join(rig.directory, 'storage-trouble'));
  const channels = new ChannelSet(notifiers);
  const resort = new StorageAlert({ network: NETWORK, now: () => clock.now(), notifiers, note, log: logOf(rig) });
  await rig.clock.outside(resort.begin());
  try {
    return await run(rig, clock, { channels, resort });
  } catch (thrown) {
    clock.kill();
    await rig.clock.outside(resort.ends(thrown, new AbortController().signal));
    throw thrown;
  }
}

async function run(rig: Rig, clock: ProcessClock, deliveryWorkers: DeliveryWorkers): Promise<RunningService> {
  const database = { ...openSqlite(join(rig.directory, 'watch.sqlite')), clock: () => clock.now() };
  const store = serviceStore(rig, database, clock, deliveryWorkers.resort);
  const kill = async (): Promise<void> => {
    clock.kill();
    await database.close();
  };
  try {
    const { service, lease } = await begin(rig, database, store, clock, deliveryWorkers);
    const stop = async (): Promise<void> => {
      await service.stop();
      await lease.release();
      await database.close();
    };
    return { database, store, lost: lease.lost, stop, kill };
  } catch (thrown) {
    await kill();
    throw thrown;
  }
}

const NETWORK = 'NOT MAINNET: test';
type DeliveryWorkers = Pick<ServiceParts, 'channels' | 'resort'>;

async function begin(
  rig: Rig,
  database: Database,
  store: ServiceStore,
  clock: ProcessClock,
  deliveryWorkers: DeliveryWorkers,
): Promise<{ service: Service; lease: HeldLease }> {
  // A killed process loses nothing that the system has; only a power cut would, and none comes here.
  await sql`pragma synchronous = off`.execute(database.db);
  await migrate(database);
  rig.outside.keep = (bytes) => rig.clock.outside(store.blobs.put(bytes));
  const lease = await leaseOf(store, rig.clock);
  const deps = { health: store.health, log: logOf(rig), now: () => clock.now() };
  const { spawned } = rig;
  const builder = builderLoop(rig, database, store, clock);
  const plans = loops(rig, store, clock, {
    ...deliveryWorkers,
    wake: (name) => service.wake(name),
    startBuilder: spawned ? () => startBuilder(builder, store, spawned) : null,
  });
  if (!spawned) plans.push(builder);
  const service: Service = new Service(plans, deps);
  for (const kind of ['verify', 'build'] as const) await store.reclaim(kind);
  await store.requeueDead(deliveryWorkers.channels.ids);
  await service.start();
  return { service, lease };
}

type HeldLease = NonNullable<Awaited<ReturnType<ServiceStore['leases']['take']>>>;

async function leaseOf({ leases }: ServiceStore, clock: VirtualClock): Promise<HeldLease> {
  for (;;) {
    const lease = await leases.take(WATCH_LEASE);
    if (lease) return lease;
    await clock.advance(60_000);
  }
}

function loops(
  rig: Rig,
  store: ServiceStore,
  clock: ProcessClock,
  ways: DeliveryWorkers & Pick<ServiceParts, 'wake' | 'startBuilder'>,
): LoopPlan[] {
  const { outside, votes } = rig;
  const adapters = {
    discoverDeps: () => ({
      list: outside.list,
      reader: outside.reader,
      elections: store.elections,
      memory: createDiscoverMemory(),
      now: () => clock.now(),
    }),
    world: () => ({
      now: () => clock.now(),
      sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal),
      proposals: outside.reader,
      collectors: outside.collectors,
    }),
    afterVote: () => ({
      registry: outside.afterVote.registry,
      list: outside.afterVote.list,
      reader: outside.reader,
    }),
    votes: () => votes ?? null,
    // No chat that takes commands is set up, so nobody asks for it.
    operatorNetwork: () => ({}),
    operatorFetch: () => rig.fetch,
  };
  const plans = planWorkers({
    config: configOf(rig),
    adapters: adapters as unknown as Adapters,
    store,
    log: logOf(rig),
    clock,
    worker: `${ownIdentity()} watch ${randomUUID()}`,
    ...ways,
    reminders: () => configOf(rig).remindersMs.map((ms) => ms / 1000),
    components: [],
    toolVersion: 'test',
    unhandled: { onChat: () => undefined },
  });
  return plans.map((plan) => ({
    ...plan,
    ticker: clock.ticker(pace(rig, plan.name)),
    // The keeper waits for its builder by the clock, which therefore may not wait for the keeper.
    round: plan.name === 'builder' ? plan.round : (signal) => rig.clock.outside(plan.round(signal)),
  }));
}

function serviceStore(rig: Rig, database: Database, clock: ProcessClock, resort: StorageAlert): ServiceStore {
  const blobs = createBlobs(join(rig.directory, 'blobs'));
  const notifiers = rig.chats.map(({ id }) => id);
  const parts = { database, blobs, clock, network: NETWORK, notifiers, toolVersion: 'test' };
  // Renewed less often than in the service: a long story has better things to do.
  return {
    ...createServiceStore(parts),
    leases: createLeases(database, {
      clock,
      leaseMs: (rig.leaseSeconds ?? 300) * 1000,
      onFailure: (error) => {
        logOf(rig).warn('Lease not renewed', { error });
        void rig.clock.outside(resort.failed(error, new AbortController().signal));
      },
    }),
  };
}
