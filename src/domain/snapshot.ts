import type { Proposal, ProposalStatus } from './proposal.ts';

/** What may follow each status, itself included. A status that we do not know may come from, and lead, anywhere open. */
const FOLLOWS: Readonly<Record<ProposalStatus, readonly ProposalStatus[]>> = {
  open: ['open', 'unknown', 'adopted', 'rejected', 'executed', 'failed'],
  unknown: ['open', 'unknown', 'adopted', 'rejected', 'executed', 'failed'],
  adopted: ['adopted', 'executed', 'failed'],
  rejected: ['rejected'],
  executed: ['executed'],
  failed: ['failed'],
};

/**
 * Whether an answer is older than what is known: a status that went back, a decision undone, an earlier deadline or fewer
 * votes. Governance never does any of these, but a replica that lags, or lies, may.
 * @see https://github.com/dfinity/ic/blob/master/rs/nns/governance/src/proposals/mod.rs (wait for quiet only extends)
 */
export function isOlder(answer: Proposal, known: Proposal): boolean {
  return (
    !FOLLOWS[known.status].includes(answer.status) ||
    undone(answer.decidedAt, known.decidedAt) ||
    undone(answer.executedAt, known.executedAt) ||
    undone(answer.failedAt, known.failedAt) ||
    wentBack(answer.deadlineAt, known.deadlineAt) ||
    fewerVotes(answer, known)
  );
}

function undone(answer: number | null, known: number | null): boolean {
  return known !== null && answer === null;
}

function wentBack(answer: number | null, known: number | null): boolean {
  return known !== null && (answer === null || answer < known);
}

function fewerVotes({ tally: answer }: Proposal, { tally: known }: Proposal): boolean {
  if (answer === null || known === null) return false;
  return BigInt(answer.yes) < BigInt(known.yes) || BigInt(answer.no) < BigInt(known.no);
}
