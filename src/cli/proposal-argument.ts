import { WatchError } from '../domain/errors.ts';
import { parseProposalId, type ProposalId } from '../domain/ids.ts';

/** The number of a proposal as an argument. */
export function proposalArgument(text: string): ProposalId {
  const id = parseProposalId(text);
  if (!id) throw new WatchError('input', 'proposal-argument', 'A proposal is named by its number, such as 143816.');
  return id;
}
