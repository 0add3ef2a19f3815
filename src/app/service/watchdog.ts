import { leftText } from '../../domain/timeline.ts';
import type { Health } from '../../domain/service-ports.ts';
import { setTroubles, type Ailment, type TroubleDeps } from './trouble-desk.ts';
import type { ServiceStore } from './store.ts';

export interface WatchdogDeps extends TroubleDeps {
  readonly store: Pick<ServiceStore, 'troubles' | 'health' | 'unattended'>;
  /** What runs now, by the name of its loop, as people call it. */
  readonly loops: ReadonlyMap<string, string>;
  /** UTC milliseconds. */
  readonly startedAt: number;
  readonly disks: readonly DiskNeed[];
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
/** One failed round is an outage of a moment; this long without a good one is trouble. */
const PATIENCE_MS = 5 * 60_000;

/** Looks after the service itself, once. */
export async function watchdogRound(deps: WatchdogDeps): Promise<void> {
  await setTroubles('loop ', failingLoops(await deps.store.health.loops(), deps), deps);
  await setTroubles('disk ', await fullDisks(deps), deps);
  await setTroubles('queue ', deps.othersBuild ? await missingBuilders(deps) : [], deps);
  await deps.store.health.probe();
  // Written whatever there was to say, so that a database that takes nothing any more shows here.
  await deps.store.health.ended(WATCHDOG, deps.now(), null);
}

/** Everything that runs had a good round lately, there is room to store, and nothing is known to be wrong. */
export async function isAllWell(deps: WatchdogDeps): Promise<boolean> {
  const [open, loops] = [await deps.store.troubles.open(), await deps.store.health.loops()];
  const good = new Map(loops.map(({ loop, lastOkMs }) => [loop, lastOkMs ?? 0]));
  const lately = [...deps.loops.keys(), WATCHDOG].every(
    (loop) => deps.now() - (good.get(loop) ?? 0) <= 2 * PATIENCE_MS,
  );
  return open.length === 0 && lately && deps.loops.size > 0;
}

type LoopHealth = Awaited<ReturnType<Health['loops']>>[number];

function failingLoops(health: readonly LoopHealth[], { loops, startedAt, now }: WatchdogDeps): Ailment[] {
  return health.flatMap(({ loop, lastOkMs, lastFailure }) => {
    const name = loops.get(loop);
    const goodAt = Math.max(lastOkMs ?? 0, startedAt);
    const failing = lastFailure !== null && lastFailure.atMs > (lastOkMs ?? 0) && lastFailure.atMs > startedAt;
    if (name === undefined || !failing || now() - goodAt < PATIENCE_MS) return [];
    const since = leftText((now() - goodAt) / 1000);
    const sentence = `${name} has failed for ${since}: ${lastFailure.message} (${lastFailure.code})`;
    return [{ key: `loop ${loop}`, sentence }];
  });
}

/** A builder that is just starting again takes its jobs within seconds. */
const BUILDER_PATIENCE_MS = 2 * 60_000;

async function missingBuilders({ store, now }: WatchdogDeps): Promise<Ailment[]> {
  const waiting = await store.unattended();
  if (waiting === null || now() - waiting.sinceMs < BUILDER_PATIENCE_MS) return [];
  const sentence = 'a build waits and no builder runs, so nothing is built: start `nns-watch build`.';
  return [{ key: 'queue build', sentence }];
}

async function fullDisks({ disks, freeBytes }: WatchdogDeps): Promise<Ailment[]> {
  const looks = disks.map(async ({ path, bytes, setting, consequence }) => {
    const free = await freeBytes(path);
    const [has, needs] = [free, bytes].map((count) => (count / 1e9).toFixed(1));
    const sentence = `${path} has ${has} GB free of the ${needs} GB of ${setting}, so ${consequence}.`;
    return free < bytes ? [{ key: `disk ${path}`, sentence }] : [];
  });
  return (await Promise.all(looks)).flat();
}
