import { asWatchError } from '../domain/errors.ts';
import type { Job } from '../domain/service-ports.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';

export interface VerifyPoolDeps {
  readonly claim: () => Promise<Job | null>;
  readonly run: (job: Job, stopping: AbortSignal) => Promise<void>;
  /** A place is free again. */
  readonly freed: () => void;
  readonly log: Log;
  /** How many elections may begin at once, so that the most urgent one has the line to itself for a moment. */
  readonly places: number;
  /** How long one may keep its place: what it still waits for then is a build, or somebody else's server. */
  readonly placeMs: number;
  readonly clock: Pick<Clock, 'sleep'>;
}

/**
 * Elections that are being verified side by side. A place is for beginning: nobody can keep one by being slow, so that
 * whatever is due finds one, however many wait. How many run is bounded by the open elections alone, each of which has
 * one job; a run that waits costs little.
 */
export class VerifyPool {
  readonly #deps: VerifyPoolDeps;
  readonly #running = new Set<Promise<void>>();
  #beginning = 0;
  #failure: unknown = null;

  constructor(deps: VerifyPoolDeps) {
    this.#deps = deps;
  }

  /** One round: takes up what is due while there are places. Throws what a job threw since the last round. */
  async fill(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted && this.#beginning < this.#deps.places) {
      const job = await this.#deps.claim();
      if (!job) break;
      const running = this.#run(job, stopping).finally(() => this.#running.delete(running));
      this.#running.add(running);
      void this.#hold(running, stopping);
    }
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw asWatchError(failure);
  }

  async drained(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #hold(running: Promise<void>, stopping: AbortSignal): Promise<void> {
    this.#beginning += 1;
    const ended = new AbortController();
    await Promise.race([running, this.#deps.clock.sleep(this.#deps.placeMs, ended.signal)]);
    ended.abort();
    this.#beginning -= 1;
    if (!stopping.aborted) this.#deps.freed();
  }

  async #run(job: Job, stopping: AbortSignal): Promise<void> {
    try {
      await this.#deps.run(job, stopping);
    } catch (thrown) {
      this.#failure = thrown;
      this.#deps.log.error('Verification failed', { proposal: job.key, attempt: job.attempt, error: thrown });
    } finally {
      if (!stopping.aborted) this.#deps.freed();
    }
  }
}
