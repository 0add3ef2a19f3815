import { sql, type SqlBool } from 'kysely';
import { databaseNow, type Database, type Queries } from './database.ts';
import { insertDelivery } from './notices.ts';
import { takeTurn } from './turns.ts';

/** What nobody may miss while votes count, and what is worth another try once a channel may have been mended. */
const ALARMS = ['verdict', 'early-finding', 'cannot-finish'] as const;

/**
 * Makes due what these notifiers owe: the newest alarms of elections whose votes still count that they refused, or that
 * were told before they were set up. Not where something later of the same proposal arrived: whatever comes later
 * carries the verdict. Gives the keys of the notices.
 */
export async function reviveDeliveries(
  database: Database,
  notifiers: readonly string[],
  nowMs: number,
): Promise<readonly string[]> {
  if (notifiers.length === 0) return [];
  return database.db.transaction().execute(async (trx) => {
    await takeTurn(database, trx, 'notices');
    const refused = await makeRefusedDue(trx, notifiers, nowMs);
    const untold = await enqueueUntold(database, trx, notifiers, nowMs);
    return [...new Set([...refused, ...untold])].sort();
  });
}

const votesCount = (nowMs: number) => {
  const now = sql.lit(Math.floor(nowMs / 1000));
  return sql<SqlBool>`(proposals.deadline_at_s > ${now} or proposals.deadline_at_s is null)`;
};

/** How often it was tried is kept: a mistake of ours is made once more, not five times. */
async function makeRefusedDue(trx: Queries, notifiers: readonly string[], nowMs: number): Promise<readonly string[]> {
  const refused = trx
    .selectFrom('deliveries as refused')
    .innerJoin('notices', 'notices.key', 'refused.notice_key')
    .innerJoin('proposals', 'proposals.id', 'refused.proposal_id')
    .where('refused.state', '=', 'dead')
    .where('refused.notifier', 'in', [...notifiers])
    .where('notices.type', 'in', [...ALARMS])
    .where(votesCount(nowMs))
    .where(
      sql<SqlBool>`not exists (
        select 1 from deliveries later
        where later.notifier = refused.notifier and later.proposal_id = refused.proposal_id
          and later.sequence > refused.sequence
          and (later.state = 'sent'
            or exists (select 1 from notices news where news.key = later.notice_key and news.type = 'verdict')))`,
    )
    .select('refused.id');
  const revived = await trx
    .updateTable('deliveries')
    .set({ state: 'pending', due_at_ms: 0, done_at_ms: null })
    .where('id', 'in', refused)
    .returning('notice_key')
    .execute();
  return revived.map((row) => row.notice_key);
}

/** A channel that is new, as one that takes the place of a deleted one is, has heard nothing of what was told before. */
async function enqueueUntold(
  database: Database,
  trx: Queries,
  notifiers: readonly string[],
  nowMs: number,
): Promise<readonly string[]> {
  const alarms = await newestAlarms(trx, nowMs);
  const told: string[] = [];
  for (const { key, sequence, proposal: id } of alarms) {
    for (const notifier of notifiers) {
      const heard = await trx
        .selectFrom('deliveries')
        .select('id')
        .where('proposal_id', '=', id)
        .where('notifier', '=', notifier)
        .where('sequence', '>=', sequence)
        .limit(1)
        .executeTakeFirst();
      if (heard) continue;
      await insertDelivery(trx, { key, proposal: { id } }, notifier, sequence, databaseNow(database));
      told.push(key);
    }
  }
  return told;
}

/** Of each election whose votes count: its newest verdict; where there is none, the newest other alarm. */
async function newestAlarms(trx: Queries, nowMs: number) {
  const rows = await trx
    .selectFrom('notices')
    .innerJoin('proposals', 'proposals.id', 'notices.proposal_id')
    .where('proposals.tracked', '=', 'watched')
    .where('notices.type', 'in', [...ALARMS])
    .where(votesCount(nowMs))
    .select(['notices.key', 'notices.sequence', 'proposals.id as proposal'])
    .orderBy(sql`case when notices.type = 'verdict' then 1 else 0 end`)
    .orderBy('notices.sequence')
    .execute();
  return new Map(rows.map((row) => [row.proposal, row])).values();
}
