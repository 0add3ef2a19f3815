import type { Ticker } from '../../src/service/loop.ts';
import type { Clock } from '../../src/platform/clock.ts';

interface Timer {
  dueAt: number;
  readonly owner: ProcessClock;
  /** null: fires once. */
  readonly everyMs: number | null;
  readonly fire: () => void;
}

/** Time that passes only when it is told to, and then at once. One for all processes of a test. */
export class VirtualClock {
  readonly #timers = new Set<Timer>();
  readonly #quantumMs: number;
  readonly #onMove: (nowMs: number) => void;
  #now: number;
  #reading = 0;

  /** Nobody is woken more often than once in `quantumMs`: long stories need no single seconds. */
  constructor(nowMs: number, quantumMs = 1000, onMove: (nowMs: number) => void = () => undefined) {
    this.#now = nowMs;
    this.#quantumMs = quantumMs;
    this.#onMove = onMove;
  }

  now(): number {
    return this.#now;
  }

  /** A process that lives by this clock until it dies. */
  process(): ProcessClock {
    return new ProcessClock(this);
  }

  add(owner: ProcessClock, ms: number, everyMs: number | null, fire: () => void): () => void {
    const timer = { dueAt: this.#rounded(this.#now + ms), owner, everyMs, fire };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  forget(owner: ProcessClock): void {
    for (const timer of this.#timers) if (timer.owner === owner) this.#timers.delete(timer);
  }

  /** Work of the real world that virtual time has to wait for: files, sockets. */
  async outside<T>(work: Promise<T>): Promise<T> {
    this.#reading += 1;
    try {
      return await work;
    } finally {
      this.#reading -= 1;
    }
  }

  /** Until everybody sleeps. */
  async settle(): Promise<void> {
    for (let still = 0; still < 3; still = this.#reading > 0 ? 0 : still + 1) {
      await new Promise((resume) => setImmediate(resume));
    }
  }

  async advance(ms: number): Promise<void> {
    await this.advanceTo(this.#now + ms);
  }

  async advanceTo(untilMs: number): Promise<void> {
    for (;;) {
      await this.settle();
      const next = Math.min(...[...this.#timers].map(({ dueAt }) => dueAt));
      this.#now = Math.max(this.#now, Math.min(next, untilMs));
      this.#onMove(this.#now);
      if (next > untilMs) return this.settle();
      this.#fireDue();
    }
  }

  /** Steps until it is so; throws where it is not by then. */
  async until(isSo: () => boolean | Promise<boolean>, limitMs: number, stepMs = 60_000): Promise<void> {
    const limit = this.#now + limitMs;
    while (!(await isSo())) {
      if (this.#now >= limit) throw new Error('it did not happen in time');
      await this.advance(stepMs);
    }
  }

  #fireDue(): void {
    const due = [...this.#timers].filter(({ dueAt }) => dueAt <= this.#now);
    for (const timer of due) {
      if (timer.everyMs === null) this.#timers.delete(timer);
      else timer.dueAt = this.#rounded(this.#now + timer.everyMs);
      timer.fire();
    }
  }

  #rounded(ms: number): number {
    return Math.ceil(ms / this.#quantumMs) * this.#quantumMs;
  }
}

/** The clock as one process sees it: whoever sleeps when the process is killed never wakes up. */
export class ProcessClock implements Clock {
  readonly #clock: VirtualClock;
  #dead = false;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    await new Promise<void>((resume) => {
      if (this.#dead) return;
      const end = (): void => {
        signal?.removeEventListener('abort', end);
        cancel();
        resume();
      };
      const cancel = this.#clock.add(this, ms, null, end);
      signal?.addEventListener('abort', end, { once: true });
    });
  }

  ticker(everyMs: number): Ticker {
    let cancel = (): void => undefined;
    return {
      start: (onTick) => void (cancel = this.#clock.add(this, everyMs, everyMs, onTick)),
      stop: () => cancel(),
    };
  }

  kill(): void {
    this.#dead = true;
    this.#clock.forget(this);
  }
}
