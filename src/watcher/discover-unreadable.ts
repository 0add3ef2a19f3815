import type { Proposal } from '../domain/proposal.ts';
import type { ListedProposal } from './list-candid.ts';
import { undecodable } from './undecodable.ts';

/** A proposal of which only the list could be read. What a list says of the vote is not certified, and so not taken. */
export function unreadableProposal({ id, topic, submittedAt }: ListedProposal): Proposal {
  return {
    id,
    topic,
    title: '',
    summary: '',
    url: '',
    proposer: null,
    status: 'unknown',
    rewardStatus: 'unknown',
    submittedAt,
    deadlineAt: null,
    decidedAt: null,
    executedAt: null,
    failedAt: null,
    failureReason: null,
    tally: null,
    action: undecodable(
      'proposal-unreadable',
      'Governance lists the proposal, but its answer about it cannot be read.',
    ),
  };
}
