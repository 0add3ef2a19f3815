import { setTimeout as pause } from 'node:timers/promises';

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

/** More than these wait for nothing: what they ask for is old when its turn comes. */
const MOST_WAITING = 64;

/**
 * Making a page waits for nothing, and one turn of the event loop takes one new connection: pages wait until nobody new
 * comes, so that no health check is let in behind them. Those who come without end delay a page by no more than this.
 */
const TURN_MS = 5;
const MOST_TURNS = 60;

interface Waiting {
  readonly turn: (given: boolean) => void;
  readonly isGone: () => boolean;
}

/** So many at once; the others wait for their turn, those who are gone by then for none. */
export class Places {
  #free: number;
  #waiting: Waiting[] = [];

  readonly #arrivals: () => number;

  /** `arrivals`: how many came so far. */
  constructor(places: number, arrivals: () => number = () => 0) {
    this.#free = places;
    this.#arrivals = arrivals;
  }

  /** False, with nothing done: too many wait already, or the one who asked is gone. */
  async within(work: () => Promise<void>, isGone: () => boolean = () => false): Promise<boolean> {
    if (this.#free > 0) this.#free -= 1;
    else if (!(await this.#turn(isGone))) return false;
    try {
      await this.#quiet();
      const gone = isGone();
      if (!gone) await work();
      return !gone;
    } finally {
      this.#passOn();
    }
  }

  #turn(isGone: () => boolean): Promise<boolean> {
    if (this.#waiting.length >= MOST_WAITING) this.#forgetGone();
    if (this.#waiting.length >= MOST_WAITING) return Promise.resolve(false);
    return new Promise((turn) => this.#waiting.push({ turn, isGone }));
  }

  async #quiet(): Promise<void> {
    let seen: number;
    let turns = 0;
    do {
      seen = this.#arrivals();
      await pause(TURN_MS);
      turns += 1;
    } while (this.#arrivals() !== seen && turns < MOST_TURNS);
  }

  #passOn(): void {
    this.#forgetGone();
    const next = this.#waiting.shift();
    if (next) next.turn(true);
    else this.#free += 1;
  }

  #forgetGone(): void {
    const gone = this.#waiting.filter(({ isGone }) => isGone());
    this.#waiting = this.#waiting.filter((one) => !gone.includes(one));
    for (const { turn } of gone) turn(false);
  }
}

/**
 * One answer for all who ask within some milliseconds, so that many who ask cost no more than one. What failed is asked
 * again by the next. `now`: milliseconds.
 */
export function shared<T>(ask: () => Promise<T>, ms: number, now: () => number): () => Promise<T> {
  let held: { readonly at: number; readonly answer: Promise<T> } | null = null;
  return () => {
    const at = now();
    if (held && at - held.at < ms && at >= held.at) return held.answer;
    const answer = ask();
    const mine = { at, answer };
    held = mine;
    answer.catch(() => {
      if (held === mine) held = null;
    });
    return answer;
  };
}
