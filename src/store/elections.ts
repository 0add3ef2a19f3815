import { sql, type JoinBuilder, type SqlBool } from 'kysely';
import type { ProposalId } from '../domain/ids.ts';
import { discoveredNotice } from '../domain/notices.ts';
import { kindOf, type Proposal } from '../domain/proposal.ts';
import type { Elections } from '../domain/service-ports.ts';
import type { Database, Queries } from './database.ts';
import { enqueueJob, verifyJob } from './jobs.ts';
import { enqueueNotices } from './notices.ts';
import { saveProposal } from './proposals.ts';
import type { Tables } from './tables.ts';
import { takeTurn } from './advisory-locks.ts';

/** The topic of IC-OS version elections. @see governance.proto, Topic.TOPIC_IC_OS_VERSION_ELECTION */
const ELECTION_TOPIC = 13;
/** Whatever stands under that topic, and what elects under one that we do not know yet. */
export const isElection = sql<SqlBool>`(proposals.topic = ${sql.lit(ELECTION_TOPIC)} or proposals.kind <> 'other')`;

/** The verdict that stands, of whichever run and revision. */
export function itsVerdict(
  join: JoinBuilder<Tables, 'proposals' | 'verdicts'>,
): JoinBuilder<Tables, 'proposals' | 'verdicts'> {
  return join
    .onRef('verdicts.run_id', '=', 'proposals.verdict_run_id')
    .onRef('verdicts.revision', '=', 'proposals.verdict_revision');
}

export interface ElectionsOptions {
  /** `mainnet`, or `NOT MAINNET: …`. */
  readonly network: string;
  readonly notifiers: readonly string[];
}

/** Where discovering puts what it found: snapshots, the work and the notices that they make, all at once. */
export function createElections(database: Database, options: ElectionsOptions): Elections {
  return {
    known: () => known(database.db),
    record: (found, seenAtMs, seenTo) =>
      database.db.transaction().execute(async (trx) => {
        for (const turn of ['proposals', 'jobs', 'notices'] as const) await takeTurn(database, trx, turn);
        const refused: ProposalId[] = [];
        for (const { proposal, history } of found) {
          const { older, tracked, understood } = await saveProposal(database, trx, proposal, seenAtMs);
          if (older) refused.push(proposal.id);
          // What was taken for history, and votes still count for, was not known well enough then.
          const requeued = tracked === 'history' && !older && countsVotes(proposal);
          if (tracked === null || requeued) await begin(database, trx, proposal, history, seenAtMs, options);
          else if (tracked === 'watched' && understood) await enqueueJob(database, trx, verifyJob(proposal.id), 0);
        }
        if (seenTo !== undefined) await raiseMark(trx, seenTo);
        return { refused };
      }),
  };
}

const countsVotes = ({ status, rewardStatus }: Proposal): boolean =>
  status === 'open' || rewardStatus === 'accept-votes';

/** Names the id up to which every election is recorded. */
const MARK = 'elections';

async function raiseMark(trx: Queries, seenTo: ProposalId): Promise<void> {
  const value = sql<string>`cast(${seenTo} as text)`;
  const higher = sql<SqlBool>`(length(marks.value), marks.value) < (length(${value}), ${value})`;
  await trx
    .insertInto('marks')
    .values({ name: MARK, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }).where(higher))
    .execute();
}

async function known(db: Queries): ReturnType<Elections['known']> {
  const mark = await db.selectFrom('marks').select('value').where('name', '=', MARK).executeTakeFirst();
  const unfinished = await db
    .selectFrom('proposals')
    .select('id')
    .where('tracked', '=', 'watched')
    .where(isElection)
    .where((where) => where.or([where('status', 'in', UNENDED), where('reward_status', '=', 'accept-votes')]))
    .orderBy(sql`length(id)`)
    .orderBy('id')
    .execute();
  return {
    newest: (mark?.value ?? null) as ProposalId | null,
    unfinished: unfinished.map(({ id }) => id as ProposalId),
  };
}

/** Statuses that something still follows: a decision, an execution, or a word that we know. */
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
  const watched = !history && (topic === ELECTION_TOPIC || kindOf(proposal) !== 'other');
  await trx
    .updateTable('proposals')
    .set({ tracked: watched ? 'watched' : 'history' })
    .where('id', '=', id)
    .execute();
  if (!watched) return;
  await enqueueJob(database, trx, verifyJob(id), 0);
  const notice = discoveredNotice({ network, at: Math.floor(seenAtMs / 1000) }, proposal);
  await enqueueNotices(database, trx, [notice], notifiers);
}
