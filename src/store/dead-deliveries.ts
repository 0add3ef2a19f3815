import { sql, type SqlBool } from 'kysely';
import { databaseNow, type Database, type Queries } from './database.ts';
import { insertDelivery } from './notices.ts';
import { takeTurn } from './advisory-locks.ts';

/** What nobody may miss while votes count. */
const ALARMS = ['verdict', 'early-finding', 'cannot-finish'] as const;
/** How a vote ended is worth telling for so long. */
const STATES = ['decided', 'closed', 'outcome'] as const;
const STATES_SECONDS = 3 * 86_400;

/**
 * Makes due what these notifiers owe and what still matters once a channel may have been mended: of elections whose
 * votes still count the newest alarm, reminder and discovery, and how a vote ended lately, that they refused, or that
 * were told before they were set up. Not where something later of the same proposal arrived that says as much.
 * Whether a reminder is still true is asked when it is told. Gives the keys of the notices.
 */
export async function requeueDead(
  database: Database,
  notifiers: readonly string[],
  nowMs: number,
  except: readonly string[] = [],
): Promise<readonly string[]> {
  if (notifiers.length === 0) return [];
  return database.db.transaction().execute(async (trx) => {
    await takeTurn(database, trx, 'notices');
    const refused = await makeRefusedDue(trx, notifiers, nowMs, except);
    const unnotified = await enqueueUndelivered(database, trx, notifiers, nowMs);
    return [...new Set([...refused, ...unnotified])].sort();
  });
}

const votesCount = (nowMs: number) => {
  const now = sql.lit(Math.floor(nowMs / 1000));
  return sql<SqlBool>`(proposals.deadline_at_s > ${now} or proposals.deadline_at_s is null)`;
};

/** The later deliveries of the same proposal to the same notifier, of some types. */
const later = (types: readonly string[] | null) => {
  const some = types === null ? sql`` : sql`and news.type in (${sql.join(types.map((type) => sql.lit(type)))})`;
  return sql`select 1 from deliveries later inner join notices news on news.key = later.notice_key
    where later.notifier = refused.notifier and later.proposal_id = refused.proposal_id
      and later.sequence > refused.sequence ${some}`;
};
const isOne = (types: readonly string[]) => sql`notices.type in (${sql.join(types.map((type) => sql.lit(type)))})`;

/** Whatever comes later carries the verdict, but only a reminder reminds, and of several the newest is enough. */
function stillMatters(nowMs: number) {
  const counts = votesCount(nowMs);
  const since = sql.lit(Math.floor(nowMs / 1000) - STATES_SECONDS);
  return sql<SqlBool>`(
    (${isOne(ALARMS)} and ${counts} and not exists (${later(null)} and (later.state = 'sent' or news.type = 'verdict')))
    or (${isOne(['reminder'])} and ${counts} and not exists (${later(['reminder'])} and later.state <> 'skipped'))
    or (${isOne(['discovered'])} and ${counts} and not exists (${later(null)} and later.state <> 'skipped'))
    or (${isOne(STATES)} and notices.at_s > ${since} and not exists (${later(STATES)} and later.state <> 'skipped')))`;
}

/** How often it was tried is kept: a mistake of ours is made once more, not five times. */
async function makeRefusedDue(
  trx: Queries,
  notifiers: readonly string[],
  nowMs: number,
  except: readonly string[],
): Promise<readonly string[]> {
  const refused = trx
    .selectFrom('deliveries as refused')
    .innerJoin('notices', 'notices.key', 'refused.notice_key')
    .innerJoin('proposals', 'proposals.id', 'refused.proposal_id')
    .where('refused.state', '=', 'dead')
    .where('refused.notifier', 'in', [...notifiers])
    .where('notices.key', 'not in', except.length > 0 ? [...except] : [''])
    .where(stillMatters(nowMs))
    .select('refused.id');
  const requeued = await trx
    .updateTable('deliveries')
    .set({ state: 'pending', due_at_ms: 0, done_at_ms: null })
    .where('id', 'in', refused)
    .returning('notice_key')
    .execute();
  return requeued.map((row) => row.notice_key);
}

/** A channel that is new, as one that takes the place of a deleted one is, has heard nothing of what was told before. */
async function enqueueUndelivered(
  database: Database,
  trx: Queries,
  notifiers: readonly string[],
  nowMs: number,
): Promise<readonly string[]> {
  const owed = [...(await newest(trx, nowMs, ['discovered', ...ALARMS])), ...(await newest(trx, nowMs, ['reminder']))];
  const told: string[] = [];
  for (const { key, sequence, proposal: id } of owed.sort((a, b) => a.sequence - b.sequence)) {
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

/** Of each election whose votes count: its newest verdict; where there is none, the newest other of these. */
async function newest(trx: Queries, nowMs: number, types: readonly string[]) {
  const rows = await trx
    .selectFrom('notices')
    .innerJoin('proposals', 'proposals.id', 'notices.proposal_id')
    .where('proposals.tracked', '=', 'watched')
    .where('notices.type', 'in', [...types])
    .where(votesCount(nowMs))
    .select(['notices.key', 'notices.sequence', 'proposals.id as proposal'])
    .orderBy(sql`case when notices.type = 'verdict' then 1 else 0 end`)
    .orderBy('notices.sequence')
    .execute();
  return new Map(rows.map((row) => [row.proposal, row])).values();
}
