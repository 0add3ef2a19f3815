import { asWatchError } from '../domain/errors.ts';
import { nextDelay } from '../domain/retry.ts';
import type { Clock } from './clock.ts';

export interface RetryDeps {
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Does the work again while its errors are of a kind that passes, a few times. Throws the last error. */
export async function withRetry<T>(work: () => Promise<T>, deps: RetryDeps, signal?: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (thrown) {
      const error = asWatchError(thrown);
      const failed = { kind: error.kind, attempt, retryAfterSeconds: error.retryAfter };
      const delay = signal?.aborted ? null : nextDelay(failed, deps.random());
      if (delay === null) throw error;
      await deps.clock.sleep(delay, signal);
      if (signal?.aborted) throw error;
    }
  }
}
