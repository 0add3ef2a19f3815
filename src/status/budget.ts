/** Milliseconds of work that may come at once, and how many come back in a second. */
const MOST_MS = 5_000;
const PER_SECOND_MS = 500;

/**
 * How much of the service's time the page may take: whoever asks without end is told to come later, and what people
 * wait for (finding, verifying, telling) goes on. `now`: UTC milliseconds.
 */
export class Budget {
  readonly #now: () => number;
  #left = MOST_MS;
  #at: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#at = now();
  }

  get isSpent(): boolean {
    const now = this.#now();
    this.#left = Math.min(MOST_MS, this.#left + (Math.max(0, now - this.#at) / 1000) * PER_SECOND_MS);
    this.#at = now;
    return this.#left <= 0;
  }

  spend(ms: number): void {
    this.#left -= Math.max(0, ms);
  }
}

/** So many at once; the others wait for their turn. */
export class Places {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  async within(work: () => Promise<void>): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((turn) => this.#waiting.push(turn));
    try {
      await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
