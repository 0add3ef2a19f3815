import type { ProposalId } from '../domain/ids.ts';
import { isOlder, kindOf, type Proposal } from '../domain/proposal.ts';
import { isSameNetwork } from '../domain/network.ts';
import { plainText } from '../domain/text.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Database, Queries } from './database.ts';
import { takeTurn } from './advisory-locks.ts';
import { networkOf } from './database-network.ts';

/** Nobody brings back so late what he saw: then the clock was wrong when the other look was taken. */
const LONGEST_READ_MS = 3_600_000;

export interface Saved {
  /** Older than what is known: nothing was changed. */
  readonly older: boolean;
  /** What became of it when it was discovered; null: it has not been. */
  readonly tracked: 'history' | 'watched' | null;
  /** It could not be read or decoded before, and now it can. */
  readonly understood: boolean;
}

/**
 * Keeps the newest snapshot of a proposal, within a transaction. One that tells an older state than what is known, or
 * that was seen earlier, changes nothing.
 */
export async function saveProposal(
  database: Pick<Database, 'kind'>,
  trx: Queries,
  proposal: Proposal,
  seenAtMs: number,
): Promise<Saved> {
  await takeTurn(database, trx, 'proposals');
  const known = await trx
    .selectFrom('proposals')
    .select(['snapshot', 'seen_at_ms', 'tracked'])
    .where('id', '=', proposal.id)
    .executeTakeFirst();
  const before = known ? (JSON.parse(known.snapshot) as Proposal) : null;
  const columns = columnsOf(before && isUnread(proposal) ? onlyCourse(before, proposal) : proposal, seenAtMs);
  if (!known || !before) {
    await trx
      .insertInto('proposals')
      .values({ id: proposal.id, first_seen_at_ms: seenAtMs, ...columns })
      .execute();
    return { older: false, tracked: null, understood: false };
  }
  const older = isOlder(proposal, before);
  const later = known.seen_at_ms <= seenAtMs || known.seen_at_ms > seenAtMs + LONGEST_READ_MS;
  if (!older && later) {
    await trx.updateTable('proposals').set(columns).where('id', '=', proposal.id).execute();
  }
  const understood = !older && before.action.kind === 'undecodable' && proposal.action.kind !== 'undecodable';
  return { older, tracked: known.tracked, understood };
}

function isUnread({ action }: Proposal): boolean {
  return action.kind === 'undecodable' && action.code === 'proposal-unreadable';
}

/** What was read once is not forgotten over an answer that cannot be; how far the vote is, is. */
function onlyCourse(known: Proposal, seen: Proposal): Proposal {
  const { status, rewardStatus, deadlineAt, decidedAt, executedAt, failedAt } = seen;
  return {
    ...known,
    status,
    rewardStatus,
    deadlineAt,
    decidedAt,
    executedAt,
    failedAt,
    tally: seen.tally ?? known.tally,
  };
}

function columnsOf(proposal: Proposal, seenAtMs: number) {
  const { topic, status, rewardStatus, deadlineAt, tally, action } = proposal;
  const version = 'version' in action ? action.version : null;
  return {
    topic,
    kind: kindOf(proposal),
    status,
    reward_status: rewardStatus,
    commit_id: version?.commit ?? null,
    package_sha256: version?.packageSha256 ?? null,
    title: plainText(proposal.title, 300),
    tally_yes: tally?.yes ?? null,
    tally_no: tally?.no ?? null,
    tally_total: tally?.total ?? null,
    deadline_at_s: deadlineAt,
    seen_at_ms: seenAtMs,
    snapshot: JSON.stringify(proposal),
  };
}

/** The proposal as it was last seen; null: never. */
export async function proposalById(queries: Queries, id: ProposalId): Promise<Proposal | null> {
  const row = await queries.selectFrom('proposals').select('snapshot').where('id', '=', id).executeTakeFirst();
  return row ? (JSON.parse(row.snapshot) as Proposal) : null;
}

/** The newest verdict on a proposal, by the service or by hand; null: there is none, or the database is another network's. */
export async function newestVerdict(queries: Queries, id: ProposalId, network: string): Promise<Verdict | null> {
  const own = await networkOf(queries);
  if (own === null || !isSameNetwork(own, network)) return null;
  const row = await queries
    .selectFrom('proposals')
    .innerJoin('verdicts', (join) =>
      join
        .onRef('verdicts.run_id', '=', 'proposals.verdict_run_id')
        .onRef('verdicts.revision', '=', 'proposals.verdict_revision'),
    )
    .select('verdicts.verdict')
    .where('proposals.id', '=', id)
    .executeTakeFirst();
  return row ? (JSON.parse(row.verdict) as Verdict) : null;
}
