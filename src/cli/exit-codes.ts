import type { Outcome } from '../domain/check.ts';
import { unreachable, WatchError } from '../domain/errors.ts';
import { parseProposalId, type ProposalId } from '../domain/ids.ts';

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

/** The number of a proposal as an argument. */
export function proposalArgument(text: string): ProposalId {
  const id = parseProposalId(text);
  if (!id) throw new WatchError('input', 'proposal-argument', 'A proposal is named by its number, such as 143816.');
  return id;
}
