import type { ErrorKind } from './errors.ts';

/** How often anything is tried, the first time included. */
export const MAX_TRIES = 4;
/** A longer Retry-After is not waited for: the run says what it could not see, and looks again later. */
export const MAX_RETRY_AFTER_SECONDS = 120;

const FIRST_DELAY_MS = 500;

export interface FailedTry {
  readonly kind: ErrorKind;
  /** Tries made so far, from 1. */
  readonly attempt: number;
  /** What the other side asked for, if it did. */
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * Milliseconds until the next try, or null to give up. Only trouble on the way passes by itself: a refusal, a bad
 * signature, an unreadable answer or a limit of ours would be the same again a second later.
 * `random0to1` spreads the tries of many clients, and never makes one earlier than the other side asked for.
 */
export function nextDelay({ kind, attempt, retryAfterSeconds }: FailedTry, random0to1: number): number | null {
  if (kind !== 'transport' || attempt >= MAX_TRIES) return null;
  if (retryAfterSeconds !== undefined && retryAfterSeconds > MAX_RETRY_AFTER_SECONDS) return null;
  const backOff = FIRST_DELAY_MS * 2 ** (attempt - 1) * (0.75 + 0.5 * random0to1);
  const asked = (retryAfterSeconds ?? 0) * 1000 * (1 + 0.1 * random0to1);
  return Math.round(Math.max(backOff, asked));
}
