import type { Component } from '../domain/component.ts';
import type { Notice } from '../domain/notice.ts';
import type { RoutedNotifier } from '../domain/route.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { discover } from '../watcher/discover.ts';
import type { ServiceAdapters } from './adapters.ts';
import type { Config } from '../operator/config.ts';
import type { ChannelSet } from './channel-set.ts';
import { cronTicker, everyTicker } from './loop.ts';
import { thisMachine } from './machine.ts';
import type { UnhandledErrors } from './unhandled-errors.ts';
import { AFTER_VOTE, afterVoteRound, createAfterVoteMemory, type AfterVoteDeps } from './after-vote-worker.ts';
import { canaryLoop } from './canary-worker.ts';
import { BuilderKeeper } from './builder-supervisor.ts';
import { careLoops } from './maintenance-workers.ts';
import { deliverLoopName, setIncidents, type IncidentDeps } from './incidents.ts';
import { roomForSecondBuild } from './pending-elections.ts';
import { type ClockDeps, reminderRound, trueNow } from './reminder-worker.ts';
import { commandLoops } from './command-listeners.ts';
import { deliverLoop } from './delivery-worker.ts';
import type { StorageAlert } from './storage-alert.ts';
import type { LoopPlan } from './supervisor.ts';
import { statusPageLoops } from './status-server.ts';
import { builderLease, type ServiceStore } from '../store/service-store.ts';
import { runVerifyJob } from './verify-worker.ts';
import { VerifyPool } from './verify-pool.ts';

export interface ServiceParts {
  readonly config: Config;
  readonly adapters: ServiceAdapters;
  readonly store: ServiceStore;
  /** The channels of each moment: the same lists for as long as the service lives. */
  readonly channels: Pick<ChannelSet, 'notifiers' | 'ids'>;
  /** UTC seconds before a deadline, as they are at this moment. */
  readonly reminders: () => readonly number[];
  readonly resort: StorageAlert;
  readonly log: Log;
  readonly clock: Clock;
  readonly worker: string;
  readonly wake: (loop: string) => void;
  /** null: others build. */
  readonly startBuilder: (() => Promise<number>) | null;
  readonly components: readonly Component[];
  readonly toolVersion: string;
  readonly unhandled: Pick<UnhandledErrors, 'onChat'>;
}

/** Everything that the service does by itself, each in a loop of its own. */
export function planWorkers(parts: ServiceParts): readonly LoopPlan[] {
  const { startBuilder, channels } = parts;
  const trouble = incidentDeps(parts);
  const commands = commandLoops(parts);
  const clock = clockDeps(parts);
  const loops = [
    discoverLoop(parts, trouble),
    verifyLoop(parts),
    clockLoop(parts, clock),
    afterVoteLoop(parts),
    ...canaryLoops(parts, trouble),
    ...channels.notifiers.map((notifier) => channelLoop(notifier, parts)),
    ...(startBuilder ? [builderLoop(startBuilder, parts, trouble)] : []),
    ...commands,
    ...statusPageLoops({ ...parts, trouble }),
  ];
  return [...loops, ...careLoops({ ...parts, commands }, trouble)];
}

/** The loop that tells one channel. */
export function channelLoop(notifier: RoutedNotifier, parts: ServiceParts): LoopPlan {
  const clock = clockDeps(parts);
  const refresh = (notice: Notice, signal: AbortSignal) => trueNow(notice, clock, signal);
  return deliverLoop(notifier, { ...parts, refresh }, incidentDeps(parts));
}

const CERTIFIED_EVERY_MS = 3_600_000;

function discoverLoop(parts: ServiceParts, trouble: IncidentDeps): LoopPlan {
  const { adapters, config, store, log, clock, wake } = parts;
  const deps = adapters.discoverDeps(store);
  let certifiedAt = -Infinity;
  return {
    name: 'discover',
    ticker: cronTicker(config.pollCron),
    round: async (signal) => {
      const certifiedList = Math.abs(clock.now() - certifiedAt) >= CERTIFIED_EVERY_MS;
      const { found, changed, refused, troubles } = await discover(
        { firstStart: false, certifiedList },
        { ...deps, signal },
      );
      if (certifiedList) certifiedAt = clock.now();
      const healthIncidents = troubles.map(({ key, sentence }) => ({ key: `discover ${key}`, sentence }));
      await setIncidents('discover ', healthIncidents, trouble);
      if (found.length > 0) log.info('Proposals found', { proposals: found });
      for (const proposal of changed) log.info('Proposal changed', { proposal });
      for (const proposal of refused) log.warn('Older state of a proposal ignored', { proposal });
      wake('verify');
      wakeDelivery(parts);
    },
  };
}

const PLACES = 4;
/** Long enough for the small facts of an honest release, and short beside what others may delay a word by. */
const PLACE_MS = 2000;
const LEASE_MS = 30_000;

function verifyLoop(parts: ServiceParts): LoopPlan {
  const { adapters, config, store, log, clock, worker, wake, network, toolVersion } = { ...parts, ...parts.config };
  const deps = {
    store,
    // Retention knows which commits are still needed.
    world: adapters.world(store.blobs, Infinity, parts.startBuilder === null),
    question: { components: parts.components, mirrors: config.mirrors },
    clock,
    log,
    worker,
    leaseMs: LEASE_MS,
    buildPollMs: 500,
    network,
    toolVersion,
    notifiers: parts.channels.ids,
    mayConfirm: (id: Parameters<typeof roomForSecondBuild>[0]) =>
      roomForSecondBuild(id, { states: store.states, now: () => clock.now() }),
  };
  const pool = new VerifyPool({
    claim: () => store.queue.claim('verify', worker, LEASE_MS),
    run: (job, stopping) => runVerifyJob(job, deps, stopping),
    freed: () => {
      wake('verify');
      wakeDelivery(parts);
    },
    log,
    places: PLACES,
    placeMs: PLACE_MS,
    clock,
  });
  return {
    name: 'verify',
    ticker: everyTicker(2000),
    round: (signal) => pool.fill(signal),
    stopped: () => pool.drained(),
  };
}

/** Beside the loops on which verdicts hang, so that the registry's silence holds up none of them. */
function afterVoteLoop(parts: ServiceParts): LoopPlan {
  const { adapters, config, store, log, clock } = parts;
  const memory = createAfterVoteMemory();
  const deps: AfterVoteDeps = {
    ...adapters.afterVote(store.blobs),
    store,
    log,
    network: config.network,
    notifiers: parts.channels.ids,
    now: () => clock.now(),
  };
  const round = async (signal: AbortSignal): Promise<void> => {
    await afterVoteRound(deps, memory, signal).finally(() => wakeDelivery(parts));
  };
  return { name: AFTER_VOTE, ticker: cronTicker(config.pollCron), round };
}

function canaryLoops({ adapters, config, store, clock, log }: ServiceParts, trouble: IncidentDeps): LoopPlan[] {
  const { canaryCron, mirrors, cacheDir } = config;
  if (canaryCron === null) return [];
  const { collectors } = adapters.world(store.blobs, Infinity, true);
  return [canaryLoop(canaryCron, { ...trouble, store, collectors, mirrors, cacheDir, clock, log })];
}

function clockDeps({ adapters, config, store, clock, channels, reminders }: ServiceParts): ClockDeps {
  return {
    store,
    votes: adapters.votes(),
    get reminders() {
      return reminders();
    },
    network: config.network,
    notifiers: channels.ids,
    now: () => clock.now(),
  };
}

function clockLoop({ log }: ServiceParts, deps: ClockDeps): LoopPlan {
  return {
    name: 'clock',
    ticker: everyTicker(30_000),
    round: async (signal) => {
      const notices = await reminderRound(deps, signal);
      if (notices > 0) log.info('Scheduled notice queued', { notices });
    },
  };
}

/** What was stored a moment ago need not wait for the next look. */
function wakeDelivery({ channels, wake }: ServiceParts): void {
  for (const id of channels.ids) wake(deliverLoopName(id));
}

function builderLoop(
  start: () => Promise<number>,
  { store, clock, log }: ServiceParts,
  trouble: IncidentDeps,
): LoopPlan {
  const lease = builderLease(thisMachine().hostname);
  const keeper = new BuilderKeeper({ leases: store.leases, lease, start, clock, log, trouble });
  return { name: 'builder', ticker: everyTicker(2000), round: (signal) => keeper.round(signal) };
}

export function incidentDeps({ store, config, clock, channels }: ServiceParts): IncidentDeps {
  return { store, network: config.network, notifiers: channels.ids, now: () => clock.now() };
}
