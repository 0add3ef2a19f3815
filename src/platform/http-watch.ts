import { WatchError } from '../domain/errors.ts';

/** What a body must bring over a time, beside never pausing for that of a stall. */
export interface Pace {
  readonly bytesPerSecond: number;
  readonly overMs: number;
}

interface WatchLimits {
  readonly stallMs: number;
  readonly leastPace: Pace | undefined;
  readonly totalMs: number | null;
  readonly signal: AbortSignal | undefined;
}

/** Breaks a transfer off when it makes no progress, takes too long in all, or is cancelled. */
export class TransferWatch {
  readonly #controller = new AbortController();
  readonly #stall: NodeJS.Timeout;
  readonly #total: NodeJS.Timeout | undefined;
  readonly #outer: AbortSignal | undefined;
  readonly #pace: NodeJS.Timeout | undefined;
  #bytes = 0;
  #busy = false;

  constructor(url: string, { stallMs, leastPace, totalMs, signal }: WatchLimits) {
    const late = (what: string, ms: number): string => `${url}: ${what} ${ms / 1000} seconds`;
    this.#stall = setTimeout(() => {
      // Time that we ourselves need to take the bytes in is not the other side's.
      if (this.#busy) this.#stall.refresh();
      else this.#abort('transport', 'stalled', late('nothing came for', stallMs));
    }, stallMs);
    if (leastPace) this.#pace = this.#watchPace(leastPace, late('too little came for', leastPace.overMs));
    if (totalMs !== null) {
      this.#total = setTimeout(() => this.#abort('limit', 'out-of-time', late('took longer than', totalMs)), totalMs);
    }
    this.#outer = signal;
    if (signal?.aborted) this.#cancelled();
    else signal?.addEventListener('abort', this.#cancelled, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why the transfer was broken off, if we did it. */
  get reason(): WatchError | undefined {
    return this.#controller.signal.reason as WatchError | undefined;
  }

  /** Something came: bytes of a body, or (without a number) what goes before it. */
  progress(bytes = 0): void {
    this.#bytes += bytes;
    this.#stall.refresh();
  }

  /** Waits for our own work without counting it as a stall. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#busy = true;
    try {
      return await work;
    } finally {
      this.#busy = false;
      this.#stall.refresh();
    }
  }

  /**
   * undici notices an abort only once it is connected, and a proxy can keep it from ever being so; hence the race.
   * What arrives although nobody waits for it any more is put away.
   */
  async unlessBroken<T>(work: Promise<T>, putAway: (late: T) => unknown): Promise<T> {
    const { signal } = this.#controller;
    const { promise: broken, reject } = Promise.withResolvers<never>();
    const stop = (): void => reject(this.reason ?? new WatchError('transport', 'cancelled', 'stopped'));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      return await Promise.race([work, broken]);
    } catch (thrown) {
      work.then(putAway, () => undefined);
      throw thrown;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  stop(): void {
    clearTimeout(this.#stall);
    clearTimeout(this.#pace);
    clearTimeout(this.#total);
    this.#outer?.removeEventListener('abort', this.#cancelled);
  }

  #watchPace({ bytesPerSecond, overMs }: Pace, tooLittle: string): NodeJS.Timeout {
    const timer = setTimeout(() => {
      if (!this.#busy && this.#bytes * 1000 < bytesPerSecond * overMs) this.#abort('transport', 'stalled', tooLittle);
      this.#bytes = 0;
      timer.refresh();
    }, overMs);
    return timer;
  }

  /** A bound on several transfers together says itself why it ended them. */
  readonly #cancelled = (): void => {
    const reason: unknown = this.#outer?.reason;
    if (reason instanceof WatchError) this.#controller.abort(reason);
    else this.#abort('transport', 'cancelled', 'stopped before it was done');
  };

  #abort(kind: 'transport' | 'limit', code: string, message: string): void {
    if (!this.#controller.signal.aborted) this.#controller.abort(new WatchError(kind, code, message));
  }
}
