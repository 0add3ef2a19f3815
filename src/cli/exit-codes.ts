import type { Outcome } from '../domain/check.ts';
import { unreachable } from '../domain/errors.ts';

/** Never 1: Node uses it for a crash. */
export const EXIT = {
  verified: 0,
  usage: 2,
  unhealthy: 3,
  mismatch: 10,
  inconclusive: 11,
  bug: 70,
  interrupted: 130,
} as const;

export function exitCodeOf(outcome: Outcome): number {
  switch (outcome) {
    case 'verified':
      return EXIT.verified;
    case 'mismatch':
      return EXIT.mismatch;
    case 'inconclusive':
      return EXIT.inconclusive;
    default:
      return unreachable(outcome);
  }
}
