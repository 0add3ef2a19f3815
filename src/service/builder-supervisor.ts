import { join, resolve } from 'node:path';
import { BACKOFF, pauseMs } from '../domain/backoff.ts';
import type { Log } from '../platform/log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Leases } from '../domain/service-ports.ts';
import { setIncidents, type IncidentDeps } from './incidents.ts';
import { startDetached } from '../platform/exec.ts';
import { allSettings, settingsFiles, type Config } from '../operator/config.ts';

export interface BuilderKeeperDeps {
  readonly leases: Leases;
  readonly lease: string;
  /** Starts a builder that goes on without us; gives its process number. */
  readonly start: () => Promise<number>;
  readonly clock: Clock;
  readonly log: Log;
  readonly trouble: IncidentDeps;
}

/** How long a builder may take until it is heard of. */
const START_MS = 15_000;
/** A builder that lived so long was no failed start. */
const LIVED_MS = 60_000;
const FAILED_STARTS = 3;
const KEY = 'builder';

/** Sees to it that one builder runs on this machine: starts one where none does, with growing pauses where it dies. */
export class BuilderKeeper {
  readonly #deps: BuilderKeeperDeps;
  #failures = 0;
  #startedAt = -Infinity;
  /** Unknown at the start: an earlier process may have told it. */
  #told: boolean | null = null;

  constructor(deps: BuilderKeeperDeps) {
    this.#deps = deps;
  }

  async round(signal: AbortSignal): Promise<void> {
    const { leases, lease, clock, log, trouble } = this.#deps;
    const now = clock.now();
    if (await leases.isHeld(lease)) {
      if (now - this.#startedAt > LIVED_MS) this.#failures = 0;
      if (this.#told !== false) await setIncidents(KEY, [], trouble);
      this.#told = false;
      return;
    }
    // A clock that was put back says nothing about how long ago that was.
    if (now >= this.#startedAt && now - this.#startedAt < this.#pause()) return;
    this.#startedAt = now;
    this.#failures += 1;
    const pid = await this.#deps.start();
    log.info('Builder started', { pid });
    for (const until = now + START_MS; clock.now() < until && !signal.aborted;) {
      await clock.sleep(200, signal);
      if (await leases.isHeld(lease)) return;
    }
    if (signal.aborted) return;
    log.warn('Builder does not answer', { pid, starts: this.#failures });
    if (this.#failures < FAILED_STARTS || this.#told === true) return;
    this.#told = true;
    const sentence = 'the builder does not start, so nothing is built. Its words are in builder.log.';
    await setIncidents(KEY, [{ key: KEY, sentence }], trouble);
  }

  #pause(): number {
    return this.#failures === 0 ? 0 : pauseMs(BACKOFF.builder, this.#failures);
  }
}

/** What systemd gives to the service, and to nobody else. */
const SYSTEMD = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID', 'CREDENTIALS_DIRECTORY'];

/** Starts this program's builder in a session of its own: it outlives us, and holds none of our secrets. */
export function launchBuilder(config: Config, program: string, envFile: string | null): Promise<number> {
  const hide = [...settingsFiles(config), ...(envFile === null ? [] : [envFile])].map((path) => resolve(path));
  const flags = hide.flatMap((path) => ['--hide', path]);
  return startDetached({
    argv: [process.execPath, ...process.execArgv, program, 'build', '--for-watch', ...flags],
    cwd: process.cwd(),
    env: builderEnvironment(config),
    outputFile: join(config.dataDir, 'builder.log'),
  });
}

/** Our environment without our secrets, and with the paths as we understood them. */
export function builderEnvironment({ environment, cacheDir, dataDir }: Config): Record<string, string> {
  const without = new Set([...allSettings.notForBuilders, ...SYSTEMD]);
  const rest = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined || without.has(name) ? [] : [[name, value] as const],
  );
  return { ...Object.fromEntries(rest), NNS_WATCH_CACHE_DIR: cacheDir, NNS_WATCH_DATA_DIR: dataDir };
}
