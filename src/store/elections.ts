import { sql } from 'kysely';
import type { ProposalId } from '../domain/ids.ts';
import { discoveredNotice } from '../domain/news.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { Elections } from '../domain/service-ports.ts';
import { databaseNow, type Database, type Queries } from './database.ts';
import { enqueueJob } from './jobs.ts';
import { enqueueNotices } from './notices.ts';
import { saveProposal } from './proposals.ts';

/** The topic of IC-OS version elections. @see governance.proto, Topic.TOPIC_IC_OS_VERSION_ELECTION */
export const ELECTION_TOPIC = 13;

export interface ElectionsOptions {
  /** `mainnet`, or `NOT MAINNET: …`. */
  readonly network: string;
  readonly notifiers: readonly string[];
}

/** Where discovering puts what it found: snapshots, the work and the notices that they make, all at once. */
export function createElections(database: Database, options: ElectionsOptions): Elections {
  return {
    known: () => known(database.db),
    record: (found, seenAtMs) =>
      database.db.transaction().execute(async (trx) => {
        const refused: ProposalId[] = [];
        for (const { proposal, history } of found) {
          const { older, tracked } = await saveProposal(database, trx, proposal, seenAtMs);
          if (older) refused.push(proposal.id);
          else if (tracked === null) await begin(database, trx, proposal, history, seenAtMs, options);
        }
        return { refused };
      }),
  };
}

async function known(db: Queries): ReturnType<Elections['known']> {
  const newest = await db
    .selectFrom('proposals')
    .select('id')
    .where('tracked', 'is not', null)
    .orderBy(sql`length(id)`, 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const unfinished = await db
    .selectFrom('proposals')
    .select('id')
    .where('tracked', '=', 'watched')
    .where('topic', '=', ELECTION_TOPIC)
    .where((where) => where.or([where('status', 'in', UNENDED), where('reward_status', '=', 'accept-votes')]))
    .orderBy(sql`length(id)`)
    .orderBy('id')
    .execute();
  return {
    newest: (newest?.id ?? null) as ProposalId | null,
    unfinished: unfinished.map(({ id }) => id as ProposalId),
  };
}

/** As `mayChange` of the domain has it, together with the reward status. */
export const UNENDED = ['open', 'adopted', 'unknown'];

/** The first time that a proposal is discovered; a run by hand may have read it before. */
async function begin(
  database: Database,
  trx: Queries,
  proposal: Proposal,
  history: boolean,
  seenAtMs: number,
  { network, notifiers }: ElectionsOptions,
): Promise<void> {
  const { id, topic } = proposal;
  const watched = !history && topic === ELECTION_TOPIC;
  await trx
    .updateTable('proposals')
    .set({ tracked: watched ? 'watched' : 'history' })
    .where('id', '=', id)
    .execute();
  if (!watched) return;
  await enqueueJob(trx, { kind: 'verify', key: id, input: { proposal: id } }, 0, databaseNow(database));
  const notice = discoveredNotice({ network, at: Math.floor(seenAtMs / 1000) }, proposal);
  await enqueueNotices(database, trx, [notice], notifiers);
}
