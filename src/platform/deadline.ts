import { WatchError } from '../domain/errors.ts';

/** Slower than this in all, no line that could feed a build is; several transfers may share one. */
const LEAST_BYTES_PER_SECOND = 128 * 1024;
const STALLS = 10;
const LONGEST_MS = 6 * 3_600_000;

/**
 * How long a transfer of so many bytes may take in all: ten times what a stall takes, for the tries and their pauses,
 * and a second for every 128 KiB; never more than six hours. 2 GiB have four hours and three quarters at the default of
 * a minute: at 1 MB/s they take 35 minutes.
 */
export function wholeTransferMs(stallTimeoutMs: number, bytes: number): number {
  return Math.min(LONGEST_MS, STALLS * stallTimeoutMs + (bytes / LEAST_BYTES_PER_SECOND) * 1000);
}

/**
 * One bound on a piece of work as a whole: all its tries, connections, redirects and the pauses between them. A bound on
 * each part bounds nothing where the other side says how many parts there are. It runs on the process's own monotonic
 * clock, which nobody can set.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #startedAt = performance.now();
  readonly #what: string;
  readonly #outer: AbortSignal | undefined;
  #totalMs = Infinity;
  #timer: NodeJS.Timeout | undefined;

  /** `what` is named by the error: a URL, "the list of …". */
  constructor(totalMs: number, what: string, outer?: AbortSignal) {
    this.#what = what;
    this.#outer = outer;
    if (outer?.aborted) this.#stopped();
    else outer?.addEventListener('abort', this.#stopped, { once: true });
    this.atMost(totalMs);
  }

  /** Aborted when the time is up, with a WatchError (`out-of-time`) as its reason, or when the outer one is. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds; 0 once the work is to end. */
  get leftMs(): number {
    return this.signal.aborted ? 0 : Math.max(0, this.#startedAt + this.#totalMs - performance.now());
  }

  /** More is known of the work: it never takes longer than this, from its very start. */
  atMost(totalMs: number): void {
    if (totalMs >= this.#totalMs || this.signal.aborted) return;
    this.#totalMs = totalMs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#late, this.leftMs);
  }

  /** The work is over. */
  end(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#stopped);
  }

  readonly #late = (): void => {
    const seconds = Math.round(this.#totalMs / 100) / 10;
    const told = `${this.#what}: took longer than ${seconds} seconds in all`;
    this.#controller.abort(new WatchError('limit', 'out-of-time', told));
  };

  readonly #stopped = (): void => {
    clearTimeout(this.#timer);
    this.#controller.abort(this.#outer?.reason);
  };
}
