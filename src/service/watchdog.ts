import { failingMs, GRACE_MS, healthOf } from '../domain/health.ts';
import type { LoopHealth } from '../domain/service-ports.ts';
import { leftText } from '../domain/reminders.ts';
import { setIncidents, type HealthIncident, type IncidentDeps } from './incidents.ts';
import type { ServiceStore } from '../store/service-store.ts';

export interface WatchdogDeps extends IncidentDeps {
  readonly store: Pick<ServiceStore, 'troubles' | 'health' | 'unclaimed'>;
  /** What runs now, by the name of its loop, as people call it. */
  readonly loops: ReadonlyMap<string, string>;
  /** UTC milliseconds. */
  readonly startedAt: number;
  readonly disks: readonly DiskNeed[];
  /** POLL_CRON asks for rarer polls than the default. */
  readonly rarePolls: boolean;
  /** Nobody is started here who builds: others are expected to. */
  readonly othersBuild: boolean;
  readonly freeBytes: (path: string) => Promise<number>;
}

/** A place, and the free bytes below which something cannot go on. */
export interface DiskNeed {
  readonly path: string;
  readonly bytes: number;
  readonly setting: string;
  /** Completes "…, so ": "nothing is built". */
  readonly consequence: string;
}

/** Its good rounds are those in which something could be stored. */
export const WATCHDOG = 'watchdog';

/** Looks after the service itself, once. */
export async function watchdogRound(deps: WatchdogDeps): Promise<void> {
  await setIncidents('loop ', failingLoops(await deps.store.health.loops(), deps), deps);
  await setIncidents('disk ', await fullDisks(deps), deps);
  await setIncidents('queue ', deps.othersBuild ? await missingBuilders(deps) : [], deps);
  await deps.store.health.probe();
  // Written whatever there was to say, so that a database that takes nothing any more shows here.
  await deps.store.health.ended(WATCHDOG, deps.now(), null);
}

/** As everybody is told who asks: the service finds, verifies and notifies, and has shown it. */
export async function isAllWell({ store, rarePolls, now }: WatchdogDeps): Promise<boolean> {
  const [troubles, loops] = [await store.troubles.open(), await store.health.loops()];
  const facts = { watching: true, loops, troubles, unclaimed: await store.unclaimed(), rarePolls };
  return healthOf(facts, now()).vitality === 'working';
}

function failingLoops(health: readonly LoopHealth[], { loops, startedAt, now }: WatchdogDeps): HealthIncident[] {
  return health.flatMap((row) => {
    const { loop, lastFailure } = row;
    const name = loops.get(loop);
    const failing = failingMs({ ...row, begunMs: Math.max(row.begunMs ?? 0, startedAt) }, now());
    if (name === undefined || lastFailure === null || failing < GRACE_MS) return [];
    const sentence = `${name} has failed for ${leftText(failing / 1000)}: ${lastFailure.message} (${lastFailure.code})`;
    return [{ key: `loop ${loop}`, sentence }];
  });
}

/** A builder that is just starting again takes its jobs within seconds. */
const BUILDER_GRACE_MS = 2 * 60_000;

async function missingBuilders({ store, now }: WatchdogDeps): Promise<HealthIncident[]> {
  const waiting = await store.unclaimed();
  if (waiting === null || now() - waiting.sinceMs < BUILDER_GRACE_MS) return [];
  const sentence = 'a build waits and no builder runs, so nothing is built: start `nns-watch build`.';
  return [{ key: 'queue build', sentence }];
}

async function fullDisks({ disks, freeBytes }: WatchdogDeps): Promise<HealthIncident[]> {
  const looks = disks.map(async ({ path, bytes, setting, consequence }) => {
    const free = await freeBytes(path);
    const [has, needs] = [free, bytes].map((count) => (count / 1e9).toFixed(1));
    const sentence = `${path} has ${has} GB free of the ${needs} GB of ${setting}, so ${consequence}.`;
    return free < bytes ? [{ key: `disk ${path}`, sentence }] : [];
  });
  return (await Promise.all(looks)).flat();
}
