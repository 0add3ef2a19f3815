import type { Proposal } from '../domain/proposal.ts';
import type { ListedProposal, Snapshot } from './list-candid.ts';
import { undecodable } from './undecodable.ts';

/**
 * A proposal of which only the list could be read. How far its vote is, and until when people vote, is taken from a list
 * that is certified, and from no other.
 */
export function unreadableProposal(listed: ListedProposal, certified: boolean): Proposal {
  const { id, topic, submittedAt } = listed;
  const { status, rewardStatus, deadlineAt, decidedAt, executedAt, failedAt, tally } = certified ? listed : UNKNOWN;
  return {
    id,
    topic,
    title: '',
    summary: '',
    url: '',
    proposer: null,
    status,
    rewardStatus,
    submittedAt,
    deadlineAt,
    decidedAt,
    executedAt,
    failedAt,
    failureReason: null,
    tally,
    action: undecodable(
      'proposal-unreadable',
      'Governance lists the proposal, but its answer about it cannot be read.',
    ),
  };
}

const UNKNOWN: Snapshot = {
  status: 'unknown',
  rewardStatus: 'unknown',
  deadlineAt: null,
  decidedAt: null,
  executedAt: null,
  failedAt: null,
  tally: null,
};
