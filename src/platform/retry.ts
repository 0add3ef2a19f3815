import { asWatchError } from '../domain/errors.ts';
import { BACKOFF, nextDelay } from '../domain/backoff.ts';
import type { Clock } from './clock.ts';
import { Deadline } from './deadline.ts';

export interface RetryDeps {
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** There is no default, so that nobody forgets. */
export interface WholeBound {
  /** Milliseconds for all tries together, the pauses included. */
  readonly totalMs: number;
  /** What the error calls the work. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does the work again while its errors are of a kind that passes, a few times and within one bound on all of it. The
 * work gets the signal that ends it. Throws the last error.
 */
export async function withRetry<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { clock, random }: RetryDeps,
  { totalMs, what, signal }: WholeBound,
): Promise<T> {
  const whole = new Deadline(totalMs, what, signal);
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work(whole.signal);
      } catch (thrown) {
        const error = asWatchError(thrown);
        const failed = { kind: error.kind, attempt, retryAfterSeconds: error.retryAfter };
        const delay = nextDelay(BACKOFF.request, failed, random());
        // A pause that ends after the whole does is not begun.
        if (delay === null || delay >= whole.leftMs) throw error;
        await clock.sleep(delay, whole.signal);
        if (whole.signal.aborted) throw error;
      }
    }
  } finally {
    whole.end();
  }
}
