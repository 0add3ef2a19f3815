import type { Clock } from '../platform/clock.ts';
import { freeBytes } from '../platform/files.ts';
import type { Log } from '../platform/log.ts';
import type { ServiceAdapters } from './adapters.ts';
import type { Config } from '../operator/config.ts';
import type { ChannelSet } from './channel-set.ts';
import { everyTicker } from './loop.ts';
import { hasRarePolls } from '../operator/queries.ts';
import { deliverLoopName, type IncidentDeps } from './incidents.ts';
import { retentionRound, pruneRound } from './retention.ts';
import type { StorageAlert } from './storage-alert.ts';
import type { LoopPlan } from './supervisor.ts';
import type { ServiceStore } from '../store/service-store.ts';
import { type DiskNeed, isAllWell, WATCHDOG, type WatchdogDeps, watchdogRound } from './watchdog.ts';

export interface CareParts {
  readonly config: Config;
  readonly adapters: Pick<ServiceAdapters, 'operatorFetch'>;
  readonly store: ServiceStore;
  readonly channels: Pick<ChannelSet, 'ids'>;
  readonly resort: StorageAlert;
  readonly log: Log;
  readonly clock: Clock;
  /** The loops that take commands from chats. */
  readonly commands: readonly LoopPlan[];
  /** null: others build. */
  readonly startBuilder: (() => Promise<number>) | null;
}

/** The service looks after itself. */
export function careLoops(parts: CareParts, trouble: IncidentDeps): readonly LoopPlan[] {
  const { store, clock } = parts;
  const deps: WatchdogDeps = {
    ...trouble,
    store,
    get loops() {
      return watchedLoops(parts);
    },
    startedAt: clock.now(),
    rarePolls: hasRarePolls(parts.config),
    freeBytes,
    othersBuild: parts.startBuilder === null,
    disks: diskNeeds(parts),
  };
  const round = (signal: AbortSignal): Promise<void> => parts.resort.around(() => watchdogRound(deps), signal);
  const watchdog = { name: WATCHDOG, ticker: everyTicker(30_000), round };
  return [watchdog, tidyLoop(parts), ...deadmanLoops(parts, deps)];
}

/** What people call the loops that must not fail for long. */
function watchedLoops({ channels, commands, startBuilder }: CareParts): ReadonlyMap<string, string> {
  return new Map([
    ['discover', 'looking for proposals'],
    ['verify', 'verifying'],
    ['clock', 'watching the deadlines'],
    ...(startBuilder ? [['builder', 'keeping a builder running'] as const] : []),
    ...commands.map(({ name }) => [name, `taking ${name.replace('commands ', 'commands on ')}`] as const),
    ...channels.ids.map((id) => [deliverLoopName(id), `telling ${id}`] as const),
  ]);
}

const LOW_DISK_BYTES = 500e6;

function diskNeeds({ config, startBuilder }: CareParts): readonly DiskNeed[] {
  const { cacheDir, dataDir, minDiskBytes } = config;
  return [
    // Where others build, only downloads lie here.
    startBuilder === null
      ? { path: cacheDir, bytes: LOW_DISK_BYTES, setting: 'downloads', consequence: 'no image can be fetched' }
      : { path: cacheDir, bytes: minDiskBytes, setting: 'MIN_DISK_GB', consequence: 'nothing is built' },
    { path: dataDir, bytes: LOW_DISK_BYTES, setting: 'the database', consequence: 'nothing can be stored soon' },
  ];
}

function tidyLoop({ config, store, clock, log }: CareParts): LoopPlan {
  const { dataDir, cacheDir, diskBudgetBytes: budgetBytes } = config;
  const { retained, prune } = store;
  const now = (): number => clock.now();
  const round = async (signal: AbortSignal): Promise<void> => {
    await pruneRound({ prune, now, log }, signal);
    await retentionRound({ retained, dataDir, cacheDir, budgetBytes, now, log });
  };
  return { name: 'retention', ticker: everyTicker(3_600_000), round };
}

function deadmanLoops({ config, adapters, log }: CareParts, deps: WatchdogDeps): readonly LoopPlan[] {
  const { deadmanUrl } = config;
  if (deadmanUrl === null) return [];
  const fetch = adapters.operatorFetch();
  const round = async (signal: AbortSignal): Promise<void> => {
    if (!(await isAllWell(deps))) return;
    const late = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
    const answer = await fetch(deadmanUrl, { signal: late, redirect: 'manual' }).catch(() => null);
    await answer?.body?.cancel();
    if (!answer?.ok) log.warn('Dead man’s switch could not be reached', { status: answer?.status ?? null });
  };
  return [{ name: 'deadman', ticker: everyTicker(300_000), round }];
}
