import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';

/** What RFC 8305 (section 5) and Node.js wait, and the least that is sensible. */
const LEAST_MS = 250;

/**
 * Milliseconds for one of several addresses of a host. Node.js tries them one after another, each for 250 ms unless it is
 * told otherwise: where the other addresses have no way, a host whose first answer takes longer is never reached. A twelfth
 * of the time that a stall may last leaves a slow line enough (5 s of 60), and the next address its turn where one is dead.
 */
export function attemptTimeoutMs(stallTimeoutMs: number): number {
  return Math.max(LEAST_MS, Math.round(stallTimeoutMs / 12));
}

/** The same for every socket of this process that a library opens. */
export function connectPatiently(stallTimeoutMs: number): void {
  setDefaultAutoSelectFamilyAttemptTimeout(attemptTimeoutMs(stallTimeoutMs));
}
