import type { ErrorKind } from './errors.ts';

/** How something that failed is tried again: after twice the pause each time, and never after more than the most. */
export interface Backoff {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** The same, given up after so many tries, the first time included. */
export interface FewTries extends Backoff {
  readonly tries: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Everything that is tried again with growing pauses, each with a policy of its own; no other file raises two to a power. */
export const BACKOFF = {
  /** A file from a mirror or a proposal's URL, which goes on where it broke. */
  download: { firstMs: 500, mostMs: 2 * SECOND, tries: 4 },
  /** A small answer of the web: lists, attestations, the dashboard. */
  request: { firstMs: 500, mostMs: 2 * SECOND, tries: 4 },
  /** A round over all boundary nodes that are in trouble. */
  canister: { firstMs: SECOND, mostMs: 30 * SECOND, tries: 3 },
  /** A connection to the database server. */
  database: { firstMs: 200, mostMs: 5 * SECOND, tries: 6 },
  git: { firstMs: SECOND, mostMs: 30 * SECOND, tries: 3 },
  /** A list of what others make and take away meanwhile. */
  listing: { firstMs: 200, mostMs: 800, tries: 5 },
  /** A message that a channel did not take for now. */
  delivery: { firstMs: 5 * SECOND, mostMs: 10 * MINUTE },
  /** A message that a channel refused. */
  'refused-delivery': { firstMs: 10 * MINUTE, mostMs: 60 * MINUTE },
  /** A builder that died or does not start. */
  builder: { firstMs: SECOND, mostMs: MINUTE },
  /** A build job whose end could not be stored. */
  'build-job': { firstMs: 30 * SECOND, mostMs: 30 * SECOND },
  /** What a build came to, where it could not be stored. */
  'build-outcome': { firstMs: 2 * SECOND, mostMs: 10 * SECOND, tries: 5 },
  /** A run that broke off by an error of ours. */
  'verify-job': { firstMs: 10 * SECOND, mostMs: 30 * MINUTE },
  /** A run that met something out of reach. */
  outage: { firstMs: MINUTE, mostMs: 30 * MINUTE },
  /** A run that waits for a publisher, or for this machine's operator. */
  publisher: { firstMs: 5 * MINUTE, mostMs: 15 * MINUTE },
  interrupted: { firstMs: 10 * SECOND, mostMs: 10 * MINUTE },
  /** A build that fails by itself. */
  'failed-build': { firstMs: 5 * MINUTE, mostMs: 60 * MINUTE },
} as const satisfies Record<string, Backoff | FewTries>;

/** Milliseconds until the next try after so many failed ones, from 1. */
export function pauseMs({ firstMs, mostMs }: Backoff, failures: number): number {
  return Math.min(mostMs, firstMs * 2 ** Math.max(0, failures - 1));
}

/** A longer Retry-After is not waited for: the run says what it could not see, and looks again later. */
export const MAX_RETRY_AFTER_SECONDS = 120;

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
export function nextDelay(backoff: FewTries, failed: FailedTry, random0to1: number): number | null {
  const { kind, attempt, retryAfterSeconds } = failed;
  if (kind !== 'transport' || attempt >= backoff.tries) return null;
  if (retryAfterSeconds !== undefined && retryAfterSeconds > MAX_RETRY_AFTER_SECONDS) return null;
  const own = pauseMs(backoff, attempt) * (0.75 + 0.5 * random0to1);
  const asked = (retryAfterSeconds ?? 0) * 1000 * (1 + 0.1 * random0to1);
  return Math.round(Math.max(own, asked));
}
