import { sql, type SqlBool } from 'kysely';
import type { Notice, NoticeType, RemoteMessage } from '../domain/notice.ts';
import type { Delivery, Outbox } from '../domain/service-ports.ts';
import { databaseNow, type Database } from './database.ts';
import { enqueueNotices } from './notices.ts';

/** Most keys in one question: databases bound the number of parameters. */
const KEYS_AT_ONCE = 500;
/** Twice what any delivery is put off for: later than that was reckoned by a clock that was wrong. */
const LONGEST_PAUSE_MS = 2 * 3_600_000;

/** Messages on their way, one row for each notice and notifier. */
export function createOutbox(database: Database): Outbox {
  const { db } = database;
  const give = (id: string, state: 'retry' | 'skipped' | 'dead', why: string) =>
    db.updateTable('deliveries').where('id', '=', id).where('state', '<>', 'sent').set({ state, why });
  return {
    enqueue: (notices, notifiers) =>
      db.transaction().execute((trx) => enqueueNotices(database, trx, notices, notifiers)),
    told: (keys) => told(database, keys),
    next: (notifier, nowMs) => next(database, notifier, nowMs),
    sent: (id, remote, atMs) => sent(database, id, remote, atMs),
    retry: async (id, atMs, why) => {
      await give(id, 'retry', why)
        .set((column) => ({ due_at_ms: atMs, attempt: column('attempt', '+', 1) }))
        .execute();
    },
    dead: async (id, why) => {
      await give(id, 'dead', why)
        .set({ done_at_ms: databaseNow(database) })
        .execute();
    },
    skipped: async (id, why) => {
      await give(id, 'skipped', why)
        .set({ done_at_ms: databaseNow(database) })
        .execute();
    },
    nextDueMs: async (notifier) => {
      const due = heads(database, notifier).select('deliveries.due_at_ms').orderBy('deliveries.due_at_ms');
      return (await due.limit(1).executeTakeFirst())?.due_at_ms ?? null;
    },
  };
}

async function told({ db }: Database, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
    const some = keys.slice(at, at + KEYS_AT_ONCE);
    for (const { key } of await db.selectFrom('notices').select('key').where('key', 'in', some).execute())
      found.add(key);
  }
  return found;
}

/** What a notifier has still to do, without what waits for an earlier message about the same proposal. */
function heads({ db }: Database, notifier: string) {
  return (
    db
      .selectFrom('deliveries')
      .where('deliveries.notifier', '=', notifier)
      // Word for word as in the index deliveries_open: with parameters in it, every message ever told would be read.
      .where(sql<SqlBool>`deliveries.state in ('pending', 'retry')`)
      .where(
        sql<SqlBool>`not exists (
        select 1 from deliveries earlier
        where earlier.notifier = deliveries.notifier and earlier.proposal_id = deliveries.proposal_id
          and earlier.sequence < deliveries.sequence and earlier.state in ('pending', 'retry'))`,
      )
  );
}

async function next(database: Database, notifier: string, nowMs: number): Promise<Delivery | null> {
  const row = await heads(database, notifier)
    .innerJoin('notices', 'notices.key', 'deliveries.notice_key')
    .leftJoin('remote_messages', (join) =>
      join
        .onRef('remote_messages.notifier', '=', 'deliveries.notifier')
        .onRef('remote_messages.proposal_id', '=', 'deliveries.proposal_id'),
    )
    .leftJoin('mutes', 'mutes.proposal_id', 'deliveries.proposal_id')
    .leftJoin('proposals', 'proposals.id', 'deliveries.proposal_id')
    .where((where) =>
      where.or([
        where('deliveries.due_at_ms', '<=', nowMs),
        where('deliveries.due_at_ms', '>', nowMs + LONGEST_PAUSE_MS),
      ]),
    )
    .select(['deliveries.id', 'deliveries.attempt', 'deliveries.sequence', 'deliveries.proposal_id'])
    .select(['notices.notice', 'remote_messages.remote', 'mutes.until_ms'])
    .select(overtaken.as('overtaken'))
    .select(urgency(nowMs).as('urgency'))
    .orderBy('urgency')
    .orderBy('deliveries.sequence')
    .limit(1)
    .executeTakeFirst();
  if (!row) return null;
  return {
    id: row.id,
    notifier,
    notice: JSON.parse(row.notice) as Notice,
    attempt: row.attempt,
    previous: row.remote === null ? null : (JSON.parse(row.remote) as RemoteMessage),
    overtaken: row.overtaken > 0,
    ...(await around(database, notifier, row)),
    mutedUntilMs: row.until_ms !== null && row.until_ms > nowMs ? row.until_ms : null,
  };
}

/** What became of the other notices of its proposal. */
async function around(
  { db }: Database,
  notifier: string,
  { proposal_id: proposal, sequence }: { readonly proposal_id: string | null; readonly sequence: number },
): Promise<Pick<Delivery, 'later' | 'told' | 'missed'>> {
  if (proposal === null) return { later: [], told: [], missed: [] };
  const rows = await db
    .selectFrom('deliveries')
    .innerJoin('notices', 'notices.key', 'deliveries.notice_key')
    .where('deliveries.proposal_id', '=', proposal)
    .where('deliveries.notifier', '=', notifier)
    .where('deliveries.sequence', '<>', sequence)
    .select(['notices.type', 'deliveries.state', 'deliveries.sequence'])
    .orderBy('deliveries.sequence')
    .execute();
  const isMissed = ({ state }: { readonly state: string }): boolean => state === 'dead' || state === 'skipped';
  const typesOf = (some: typeof rows) => some.map(({ type }) => type as NoticeType);
  const earlier = rows.filter((row) => row.sequence < sequence);
  const since = earlier.slice(earlier.findLastIndex(({ state }) => state === 'sent') + 1);
  return {
    later: typesOf(rows.filter((row) => row.sequence > sequence && !isMissed(row))),
    told: typesOf(earlier.filter(({ state }) => state === 'sent')),
    missed: typesOf(since.filter(isMissed)),
  };
}

const overtaken = sql<number>`(
  select count(*) from deliveries later
  where later.notifier = deliveries.notifier and later.proposal_id = deliveries.proposal_id
    and later.sequence > deliveries.sequence)`;

/**
 * Where much waits, as for a channel that was broken for long, the proposals come first whose votes still count and of
 * which people must hear: 0 where a reminder waits, 1 where an alarm does.
 */
function urgency(nowMs: number) {
  const waits = (types: readonly NoticeType[]) => sql`exists (
    select 1 from deliveries waiting inner join notices news on news.key = waiting.notice_key
    where waiting.notifier = deliveries.notifier and waiting.proposal_id = deliveries.proposal_id
      and waiting.state in ('pending', 'retry') and news.type in (${sql.join(types.map((type) => sql.lit(type)))}))`;
  return sql<number>`case
    when proposals.deadline_at_s is null or proposals.deadline_at_s <= ${sql.lit(Math.floor(nowMs / 1000))} then 2
    when ${waits(['reminder'])} then 0
    when ${waits(['verdict', 'early-finding', 'cannot-finish'])} then 1
    else 2 end`;
}

async function sent({ db }: Database, id: string, remote: RemoteMessage | null, atMs: number): Promise<void> {
  const where = remote === null ? null : JSON.stringify(remote);
  await db.transaction().execute(async (trx) => {
    const row = await trx
      .updateTable('deliveries')
      .set({ state: 'sent', remote: where, done_at_ms: atMs, why: null })
      .where('id', '=', id)
      .returning(['notifier', 'proposal_id'])
      .executeTakeFirst();
    if (!row?.proposal_id || where === null) return;
    await trx
      .insertInto('remote_messages')
      .values({ notifier: row.notifier, proposal_id: row.proposal_id, remote: where, at_ms: atMs })
      .onConflict((conflict) =>
        conflict.columns(['notifier', 'proposal_id']).doUpdateSet({ remote: where, at_ms: atMs }),
      )
      .execute();
  });
}
