import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asWatchError, WatchError } from '../domain/errors.ts';
import { systemClock as clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { NoteFile } from '../platform/note-file.ts';
import { ownIdentity } from '../platform/process-tag.ts';
import { serviceManager } from '../platform/service-manager.ts';
import { launchBuilder } from '../service/builder-supervisor.ts';
import { Adapters } from './compose.ts';
import { loadConfig, type Config } from '../operator/config.ts';
import { thisMachine } from '../service/machine.ts';
import { openLog } from './open-log.ts';
import { StorageAlert } from '../service/storage-alert.ts';
import { ChannelSet } from '../service/channel-set.ts';
import { reloadSettings, type ReloadDeps } from '../service/settings-reload.ts';
import { channelLoop, incidentDeps, planWorkers, type ServiceParts } from '../service/workers.ts';
import { Service } from '../service/supervisor.ts';
import { WATCH_LEASE } from '../store/service-store.ts';
import { notifySystemd } from '../service/systemd.ts';
import { UnhandledErrors } from '../service/unhandled-errors.ts';
import { toolVersion } from '../operator/tool-version.ts';

export interface WatchOptions {
  readonly envFile?: string;
  /** False: others build. */
  readonly builder: boolean;
  /** Calls back whenever the settings are to be read again. */
  readonly onReload?: (again: () => void) => void;
  /** This program's own file, for starting the builder. */
  readonly program: string;
}

/** How the service ended. */
export interface Ending {
  /** False: something did not stop in time, and the process has to be ended. */
  readonly clean: boolean;
  /** What nobody expected; null: it ended because it was asked to. */
  readonly bug: WatchError | null;
}

const STORAGE_NOTE = 'storage-trouble';
/** Well before the lease is over. */
const TELL_MS = 15_000;

/** Runs the service until the signal. */
export async function runWatch(options: WatchOptions, stopping: AbortSignal): Promise<Ending> {
  const config = loadConfig(process.env, options.envFile === undefined ? {} : { envFile: options.envFile });
  const log = openLog(config);
  const adapters = new Adapters(config, options.envFile ?? null);
  const unhandled = new UnhandledErrors(log);
  let clean = true;
  try {
    unhandled.listen();
    await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
    await mkdir(config.cacheDir, { recursive: true, mode: 0o700 });
    const channels = new ChannelSet(adapters.notifiers(printed));
    const resort = await storageAlert(config, channels, log);
    const held = hold(options, { config, adapters, channels, resort, log, unhandled }, stopping).catch(
      async (thrown: unknown) => {
        await resort.ends(thrown, AbortSignal.any([stopping, AbortSignal.timeout(TELL_MS)]));
        throw thrown;
      },
    );
    const ended = await Promise.race([held, latestEnd(stopping, log)]);
    clean = ended.clean;
    if (ended.lost) throw new WatchError('transport', 'watch-lease-lost', 'The lease of the service was lost.');
    return { clean, bug: unhandled.bug.aborted ? asWatchError(unhandled.bug.reason) : null };
  } finally {
    if (clean) await adapters.close();
    unhandled.close();
  }
}

/** Resolves once the line was taken, and not only given away. */
function printed(line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(`${line}\n`, (error) => (error ? reject(error) : resolve()));
  });
}

async function storageAlert({ dataDir, network }: Config, { notifiers }: ChannelSet, log: Log): Promise<StorageAlert> {
  const note = new NoteFile(join(dataDir, STORAGE_NOTE));
  const resort = new StorageAlert({ network, now: () => clock.now(), notifiers, note, log });
  await resort.begin();
  return resort;
}

interface Ended {
  readonly clean: boolean;
  /** The lease of the service. */
  readonly lost: boolean;
}

/** Serves as the one service of its database. */
async function hold(
  options: WatchOptions,
  parts: Omit<Opened, 'store'> & { readonly unhandled: UnhandledErrors },
  stopping: AbortSignal,
): Promise<Ended> {
  const { adapters, channels, resort, log, unhandled } = parts;
  const store = await adapters.store(channels.ids, (error) => {
    log.warn('Lease not renewed', { error });
    // Without its lease the service ends, after which nobody would tell why.
    void resort.failed(error, AbortSignal.timeout(TELL_MS));
  });
  const lease = await store.leases.take(WATCH_LEASE);
  if (!lease) {
    throw new WatchError('input', 'second-watch', 'Another nns-watch watch runs with this database; one is enough.');
  }
  try {
    const clean = await serve(options, { ...parts, store }, AbortSignal.any([stopping, lease.lost, unhandled.bug]));
    return { clean, lost: lease.lost.aborted };
  } finally {
    await lease.release().catch((thrown: unknown) => failedToEnd(log, thrown));
  }
}

/** A clean stop is promised within ten seconds: so long the loops have for it. */
const STOP_MS = 8_000;
/** And so long has whatever else is under way, which may wait for a database that another process keeps locked. */
const END_MS = 9_000;

async function latestEnd(stopping: AbortSignal, log: Log): Promise<Ended> {
  await aborted(stopping);
  await sleep(END_MS, undefined, { ref: false });
  log.warn('Stopping without waiting any longer');
  return { clean: false, lost: false };
}

type Opened = Pick<ServiceParts, 'config' | 'store' | 'resort' | 'log' | 'unhandled'> & {
  readonly adapters: Adapters;
  readonly channels: ChannelSet;
};

async function serve(options: WatchOptions, opened: Opened, over: AbortSignal): Promise<boolean> {
  const { config, store, channels, log } = opened;
  const live = { remindersMs: config.remindersMs };
  const parts: ServiceParts = {
    ...opened,
    clock,
    reminders: () => live.remindersMs.map((ms) => ms / 1000),
    worker: `${ownIdentity()} watch on ${thisMachine().hostname}`,
    wake: (name) => service.wake(name),
    startBuilder: options.builder ? () => launchBuilder(config, options.program, options.envFile ?? null) : null,
    components: config.components,
    toolVersion,
  };
  const plans = planWorkers(parts);
  const service: Service = new Service(plans, { health: store.health, log, now: () => clock.now() });
  log.info('nns-watch started', { version: toolVersion, network: config.network, notifiers: channels.ids });
  for (const proposal of await store.reclaim('verify')) log.info('Run resumed', { proposal });
  for (const key of await store.requeueDead(channels.ids)) log.info('Notice queued that a channel had missed', { key });
  await service.start();
  options.onReload?.(reloads(options, opened, { parts, service, live }));
  const manager = serviceManager(config.environment, opened.adapters.exec);
  const told = notifySystemd({ manager, stuck: () => service.stuck(), clock, log }, over);
  await aborted(over);
  log.info('Stopping');
  const enough = new AbortController();
  const late = clock.sleep(STOP_MS, enough.signal).then(() => false);
  const clean = await Promise.race([Promise.all([service.stop(), told]).then(() => true), late]);
  enough.abort();
  // Leases run out by themselves, and whatever was begun is taken up from what is stored.
  if (!clean) log.warn('A worker does not stop; it is abandoned');
  return clean;
}

interface Running {
  readonly parts: ServiceParts;
  readonly service: Service;
  readonly live: { remindersMs: Config['remindersMs'] };
}

/** Reads the settings again, one time after the other. */
function reloads(options: WatchOptions, opened: Opened, { parts, service, live }: Running): () => void {
  const { adapters, channels, store, log } = opened;
  const deps: ReloadDeps = {
    channels,
    service,
    store,
    trouble: incidentDeps(parts),
    log,
    read: () => {
      const config = loadConfig(process.env, options.envFile === undefined ? {} : { envFile: options.envFile });
      return { config, notifiers: adapters.notifiers(printed, config) };
    },
    plan: (notifier, config) => channelLoop(notifier, { ...parts, config }),
    adopt: ({ remindersMs }) => {
      live.remindersMs = remindersMs;
    },
  };
  let last: Promise<void> = Promise.resolve();
  return () => {
    last = last
      .then(() => reloadSettings(opened.config, deps))
      .catch((thrown: unknown) => log.error('Settings not reloaded', { error: asWatchError(thrown) }));
  };
}

function failedToEnd(log: Log, thrown: unknown): void {
  log.warn('Lease could not be released; it expires by itself', { error: asWatchError(thrown) });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
