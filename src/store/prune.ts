import { sql, type SqlBool } from 'kysely';
import type { Pruned } from '../domain/service-ports.ts';
import type { Database, Queries } from './database.ts';
import { takeTurn } from './advisory-locks.ts';

const DAY_MS = 86_400_000;
/** A look that brought no news and built nothing. */
const READS_MS = 7 * DAY_MS;
/** Finished work, and news that nobody asks for again. */
const NEWS_MS = 90 * DAY_MS;
/** What one transaction takes away: others wait for it. */
const AT_ONCE = 100;

/**
 * Takes away what nobody needs any more, a part of it in a transaction of its own. What stays for ever: each proposal
 * with its snapshot, every verdict that was told or stands with the evidence that it was judged from, every build, and
 * the news of a verdict, of the end of voting and of the outcome. `nowMs`: UTC.
 */
export async function pruneSome(database: Database, nowMs: number): Promise<Pruned> {
  const { db } = database;
  return {
    runs: await db.transaction().execute((trx) => pruneRuns(trx, nowMs - READS_MS)),
    jobs: await db.transaction().execute((trx) => pruneJobs(trx, nowMs - NEWS_MS)),
    notices: await db.transaction().execute(async (trx) => {
      // What is asked for again meanwhile is not over.
      await takeTurn(database, trx, 'notices');
      return pruneNotices(trx, Math.floor((nowMs - NEWS_MS) / 1000));
    }),
    others: await db.transaction().execute((trx) => pruneOthers(trx, nowMs)),
  };
}

/** Looks again and again at something withheld, say: neither the first nor the last, and each told by an earlier one. */
async function pruneRuns(trx: Queries, beforeMs: number): Promise<number> {
  const rows = await trx
    .selectFrom('runs')
    .select('id')
    .where('proposal_id', 'is not', null)
    .where('started_at_ms', '<', beforeMs)
    .where(
      sql<SqlBool>`exists (select 1 from runs later
        where later.proposal_id = runs.proposal_id and later.started_at_ms > runs.started_at_ms)`,
    )
    .where(sql<SqlBool>`not exists (select 1 from proposals where proposals.verdict_run_id = runs.id)`)
    .where(
      sql<SqlBool>`not exists (select 1 from evidence
        where evidence.run_id = runs.id and evidence.kind = 'build' and evidence.status = 'observed')`,
    )
    .where(
      sql<SqlBool>`not exists (select 1 from verdicts where verdicts.run_id = runs.id and not exists (
        select 1 from runs earlier join verdicts told on told.run_id = earlier.id
        where earlier.proposal_id = runs.proposal_id and earlier.started_at_ms < runs.started_at_ms
          and told.notice_key = verdicts.notice_key))`,
    )
    .orderBy('started_at_ms')
    .limit(AT_ONCE)
    .execute();
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return 0;
  for (const table of ['evidence', 'run_stages', 'verdicts'] as const) {
    await trx.deleteFrom(table).where('run_id', 'in', ids).execute();
  }
  await trx.deleteFrom('runs').where('id', 'in', ids).execute();
  return ids.length;
}

async function pruneJobs(trx: Queries, beforeMs: number): Promise<number> {
  const old = trx
    .selectFrom('jobs')
    .select('id')
    .where('state', '=', 'finished')
    .where('finished_at_ms', '<', beforeMs);
  const gone = await trx.deleteFrom('jobs').where('id', 'in', old.limit(AT_ONCE)).returning('id').execute();
  return gone.length;
}

/** By these it is known what was told of an election, and whether its history has ended. */
const KEPT = ['verdict', 'closed', 'outcome'];

/** Only where all is delivered or given up, and nothing of its election is to come. */
async function pruneNotices(trx: Queries, beforeS: number): Promise<number> {
  const rows = await trx
    .selectFrom('notices')
    .select('key')
    .where('type', 'not in', KEPT)
    .where('at_s', '<', beforeS)
    .where(
      sql<SqlBool>`not exists (select 1 from deliveries
        where deliveries.notice_key = notices.key and deliveries.state in ('pending', 'retry'))`,
    )
    .where(
      sql<SqlBool>`(notices.proposal_id is null
        or exists (select 1 from notices ended
          where ended.proposal_id = notices.proposal_id and ended.type = 'outcome' and ended.at_s < ${beforeS}))`,
    )
    .limit(AT_ONCE)
    .execute();
  const keys = rows.map(({ key }) => key);
  if (keys.length === 0) return 0;
  await trx.deleteFrom('deliveries').where('notice_key', 'in', keys).execute();
  await trx.deleteFrom('notices').where('key', 'in', keys).execute();
  return keys.length;
}

/** Mutes that ended, and leases of holders that are long gone. */
async function pruneOthers(trx: Queries, nowMs: number): Promise<number> {
  const mutes = await trx.deleteFrom('mutes').where('until_ms', '<', nowMs).returning('proposal_id').execute();
  const over = nowMs - 7 * DAY_MS;
  const leases = await trx.deleteFrom('locks').where('expires_at_ms', '<', over).returning('name').execute();
  return mutes.length + leases.length;
}
