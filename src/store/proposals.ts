import type { ProposalId } from '../domain/ids.ts';
import { kindOf, type Proposal } from '../domain/proposal.ts';
import type { Queries } from './database.ts';

/** Keeps the newest snapshot of a proposal; one that was seen earlier than what we have changes nothing. */
export async function saveProposal(queries: Queries, proposal: Proposal, seenAtMs: number): Promise<void> {
  const now = {
    topic: proposal.topic,
    kind: kindOf(proposal),
    status: proposal.status,
    commit_id: 'version' in proposal.action ? proposal.action.version.commit : null,
    deadline_at_s: proposal.deadlineAt,
    seen_at_ms: seenAtMs,
    snapshot: JSON.stringify(proposal),
  };
  await queries
    .insertInto('proposals')
    .values({ id: proposal.id, first_seen_at_ms: seenAtMs, ...now })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(now).where('proposals.seen_at_ms', '<=', seenAtMs))
    .execute();
}

/** The proposal as it was last seen; null: never. */
export async function proposalById(queries: Queries, id: ProposalId): Promise<Proposal | null> {
  const row = await queries.selectFrom('proposals').select('snapshot').where('id', '=', id).executeTakeFirst();
  return row ? (JSON.parse(row.snapshot) as Proposal) : null;
}
