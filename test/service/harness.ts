import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { createServiceStore } from '../../src/app/compose-store.ts';
import type { Adapters } from '../../src/app/compose.ts';
import { loadConfig } from '../../src/app/config.ts';
import { Loop } from '../../src/app/loop.ts';
import { buildNext } from '../../src/app/service/build-worker.ts';
import { LastResort } from '../../src/app/service/last-resort.ts';
import { planLoops, type ServiceParts } from '../../src/app/service/plan-loops.ts';
import { Service, type LoopPlan } from '../../src/app/service/service.ts';
import { builderLease, WATCH_LEASE, type ServiceStore } from '../../src/app/service/store.ts';
import { plainText } from '../../src/domain/text.ts';
import type { Notifier } from '../../src/domain/notice.ts';
import type { BuildRequest } from '../../src/domain/ports.ts';
import type { Votes } from '../../src/domain/service-ports.ts';
import { NoteFile } from '../../src/platform/note-file.ts';
import { ownIdentity } from '../../src/platform/process-tag.ts';
import { createLog } from '../../src/platform/log.ts';
import { createBlobs } from '../../src/store/blobs.ts';
import { openSqlite, type Database } from '../../src/store/database.ts';
import { createLeases } from '../../src/store/leases.ts';
import { createCommitLock } from '../../src/store/locks.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createDiscoverMemory } from '../../src/watcher/discover-due.ts';
import type { ProcessClock, VirtualClock } from '../support/virtual-clock.ts';
import { buildSite } from './build-site.ts';
import type { Outside } from './outside.ts';

/** What the service stands in: it outlives each of its processes. */
export interface Rig {
  readonly directory: string;
  readonly clock: VirtualClock;
  readonly outside: Outside;
  /** Those who tell: each process makes its own. */
  readonly chats: readonly { readonly id: string; readonly notifier: () => Notifier }[];
  readonly buildSeconds: number;
  readonly votes?: Votes;
  /** As in the environment: REMINDERS, QUIET_HOURS, … */
  readonly settings?: Readonly<Record<string, string>>;
  /** How often each loop ticks, by the first word of its name; in seconds. */
  readonly paces?: Readonly<Record<string, number>>;
  /** How long a killed process keeps the next one waiting. */
  readonly leaseSeconds?: number;
  readonly noted?: (what: 'begins' | 'ends', request: BuildRequest) => void;
  /** Told before and after a builder is started. */
  readonly spawned?: (what: 'before' | 'after') => void;
  /** How whoever is not a channel is reached, as the dead man's switch. */
  readonly fetch?: typeof globalThis.fetch;
  /** Lines of the log. */
  readonly say?: (line: string) => void;
}

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

const PACES: Readonly<Record<string, number>> = {
  housekeeping: 3600,
  discover: 120,
  verify: 60,
  clock: 120,
  deliver: 60,
  build: 60,
  builder: 60,
};

/** Starts the real loops on the real database; waits where another process still holds the lease. */
export async function startService(rig: Rig): Promise<RunningService> {
  mkdirSync(join(rig.directory, 'cache'), { recursive: true });
  const clock = rig.clock.process();
  const notifiers = rig.chats.map((chat) => chat.notifier());
  const note = new NoteFile(join(rig.directory, 'storage-trouble'));
  const resort = new LastResort({ network: NETWORK, now: () => clock.now(), notifiers, note, log: logOf(rig) });
  await rig.clock.outside(resort.begin());
  try {
    return await run(rig, clock, { notifiers, resort });
  } catch (thrown) {
    clock.kill();
    await rig.clock.outside(resort.ends(thrown, new AbortController().signal));
    throw thrown;
  }
}

async function run(rig: Rig, clock: ProcessClock, tellers: Tellers): Promise<RunningService> {
  const database = { ...openSqlite(join(rig.directory, 'watch.sqlite')), clock: () => clock.now() };
  const store = serviceStore(rig, database, clock, tellers.resort);
  const kill = async (): Promise<void> => {
    clock.kill();
    await database.close();
  };
  try {
    const { service, lease } = await begin(rig, database, store, clock, tellers);
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
type Tellers = Pick<ServiceParts, 'notifiers' | 'resort'>;

async function begin(
  rig: Rig,
  database: Database,
  store: ServiceStore,
  clock: ProcessClock,
  tellers: Tellers,
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
    ...tellers,
    wake: (name) => service.wake(name),
    startBuilder: spawned ? () => startBuilder(builder, store, spawned) : null,
  });
  if (!spawned) plans.push(builder);
  const service: Service = new Service(plans, deps);
  for (const kind of ['verify', 'build'] as const) await store.rescue(kind);
  await store.revive(tellers.notifiers.map(({ id }) => id));
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
  ways: Tellers & Pick<ServiceParts, 'wake' | 'startBuilder'>,
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
    world: () => ({ now: () => clock.now(), proposals: outside.reader, collectors: outside.collectors }),
    votes: () => votes ?? null,
    // No chat that takes commands is set up, so nobody asks for it.
    operatorNetwork: () => ({}),
    operatorFetch: () => rig.fetch,
  };
  const plans = planLoops({
    config: configOf(rig),
    adapters: adapters as unknown as Adapters,
    store,
    log: logOf(rig),
    clock,
    worker: `${ownIdentity()} watch ${randomUUID()}`,
    ...ways,
    components: [],
    toolVersion: 'test',
    strays: { onChat: () => undefined },
  });
  return plans.map((plan) => ({
    ...plan,
    ticker: clock.ticker(pace(rig, plan.name)),
    // The keeper waits for its builder by the clock, which therefore may not wait for the keeper.
    round: plan.name === 'builder' ? plan.round : (signal) => rig.clock.outside(plan.round(signal)),
  }));
}

function pace(rig: Rig, name: string): number {
  const word = name.split(' ')[0] ?? '';
  return (rig.paces?.[word] ?? PACES[word] ?? 600) * 1000;
}

function configOf({ directory, settings = {} }: Rig): ReturnType<typeof loadConfig> {
  return loadConfig({
    NNS_WATCH_DATA_DIR: directory,
    NNS_WATCH_CACHE_DIR: join(directory, 'cache'),
    MIN_DISK_GB: '0.001',
    // A page listens on a port of this machine, and reads a file that stories do not have.
    STATUS_LISTEN: 'off',
    ...settings,
  });
}

/** In the service a process of its own; here it lives and dies with the service. */
function builderLoop(rig: Rig, database: Database, { queue }: ServiceStore, clock: ProcessClock): LoopPlan {
  const { outside, buildSeconds: seconds, noted } = rig;
  const deps = {
    queue,
    builder: buildSite({ outside, clock, seconds, ...(noted ? { noted } : {}) }),
    tree: outside.collectors.tree,
    host: outside.collectors.host,
    lock: createCommitLock(database, {
      clock,
      onTrouble: (error) => logOf(rig).warn('The hold on a commit was not renewed', { error }),
    }),
    clock,
    log: logOf(rig),
    worker: `${ownIdentity()} builder ${randomUUID()}`,
    leaseMs: 30_000,
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
async function startBuilder(
  plan: LoopPlan,
  { leases }: ServiceStore,
  spawned: (what: 'before' | 'after') => void,
): Promise<number> {
  spawned('before');
  if (await leases.take(builderLease(hostname()))) new Loop({ ...plan, ended: () => undefined }).start();
  spawned('after');
  return process.pid;
}

function serviceStore(rig: Rig, database: Database, clock: ProcessClock, resort: LastResort): ServiceStore {
  const blobs = createBlobs(join(rig.directory, 'blobs'));
  const notifiers = rig.chats.map(({ id }) => id);
  const parts = { database, blobs, clock, network: NETWORK, notifiers, toolVersion: 'test' };
  // Renewed less often than in the service: a long story has better things to do.
  return {
    ...createServiceStore(parts),
    leases: createLeases(database, {
      clock,
      leaseMs: (rig.leaseSeconds ?? 300) * 1000,
      onTrouble: (error) => {
        logOf(rig).warn('A lease was not renewed', { error });
        void rig.clock.outside(resort.failed(error, new AbortController().signal));
      },
    }),
  };
}

function logOf({ say }: Rig): ReturnType<typeof createLog> {
  const write = say ?? ((): void => undefined);
  return createLog({ level: say ? 'info' : 'silent', format: 'json', secrets: [], plain: plainText, write });
}
