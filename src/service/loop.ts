import { schedule, type ScheduledTask } from 'node-cron';

/** Says when to do something; a clock in the service, a hand in tests. */
export interface Ticker {
  readonly start: (onTick: () => void) => void;
  readonly stop: () => void;
}

/**
 * Ticks by a cron expression, in UTC, so that no summer time doubles or skips a tick. One for which the process or the
 * machine had no time is late, not left out; the library would leave it out, with a line of its own on the console.
 */
export function cronTicker(expression: string): Ticker {
  let task: ScheduledTask | undefined;
  return {
    start: (onTick) => {
      task = schedule(expression, onTick, { timezone: 'Etc/UTC' });
      task.on('execution:missed', onTick);
    },
    stop: () => void task?.destroy(),
  };
}

/** Ticks every so many milliseconds. */
export function everyTicker(milliseconds: number): Ticker {
  let timer: NodeJS.Timeout | undefined;
  return {
    start: (onTick) => {
      timer = setInterval(onTick, milliseconds);
    },
    stop: () => clearInterval(timer),
  };
}

export interface LoopOptions {
  readonly name: string;
  readonly ticker: Ticker;
  /** One round. It is told by the signal when the service stops. */
  readonly round: (signal: AbortSignal) => Promise<void>;
  /** Told how each round ended; must not throw. */
  readonly ended: (name: string, failure: unknown) => void;
}

/** A loop of the service: rounds never overlap, a tick during a round makes one more, a failed round ends nothing. */
export class Loop {
  readonly #options: LoopOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #again = false;
  #roundSince: number | null = null;

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  /** When the round under way began, by `performance.now()`; null: none is. */
  get roundSince(): number | null {
    return this.#roundSince;
  }

  start(): void {
    this.#options.ticker.start(() => this.wake());
    this.wake();
  }

  /** Runs a round soon, whatever the ticker says. */
  wake(): void {
    if (this.#stopping.signal.aborted) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = this.#rounds().finally(() => (this.#running = undefined));
  }

  /** No new round; the one under way is asked to end and waited for. */
  async stop(): Promise<void> {
    this.#options.ticker.stop();
    this.#stopping.abort();
    await this.#running;
  }

  async #rounds(): Promise<void> {
    const { name, round, ended } = this.#options;
    do {
      this.#again = false;
      this.#roundSince = performance.now();
      try {
        await round(this.#stopping.signal);
        ended(name, null);
      } catch (failure) {
        ended(name, failure);
      }
      this.#roundSince = null;
    } while (this.#more());
  }

  #more(): boolean {
    return this.#again && !this.#stopping.signal.aborted;
  }
}
