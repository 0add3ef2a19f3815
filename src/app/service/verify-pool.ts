import { asWatchError } from '../../domain/errors.ts';
import type { Job } from '../../domain/service-ports.ts';
import type { Log } from '../../platform/log.ts';

export interface VerifyPoolDeps {
  readonly claim: () => Promise<Job | null>;
  readonly run: (job: Job, stopping: AbortSignal) => Promise<void>;
  /** A place is free again. */
  readonly freed: () => void;
  readonly log: Log;
  /** How many elections are looked at at once: one that waits for its build must not keep others from being judged. */
  readonly places: number;
}

/** Elections that are being verified side by side. */
export class VerifyPool {
  readonly #deps: VerifyPoolDeps;
  readonly #running = new Set<Promise<void>>();
  #failure: unknown = null;

  constructor(deps: VerifyPoolDeps) {
    this.#deps = deps;
  }

  /** One round: takes up what is due while there are places. Throws what a job threw since the last round. */
  async fill(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted && this.#running.size < this.#deps.places) {
      const job = await this.#deps.claim();
      if (!job) break;
      const running = this.#run(job, stopping).finally(() => this.#running.delete(running));
      this.#running.add(running);
    }
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw asWatchError(failure);
  }

  async drained(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #run(job: Job, stopping: AbortSignal): Promise<void> {
    try {
      await this.#deps.run(job, stopping);
    } catch (thrown) {
      this.#failure = thrown;
      this.#deps.log.error('A verification failed', { proposal: job.key, attempt: job.attempt, error: thrown });
    } finally {
      if (!stopping.aborted) this.#deps.freed();
    }
  }
}
