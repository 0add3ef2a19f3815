import { randomUUID } from 'node:crypto';
import { type Expression, type RawBuilder, sql, type SqlBool } from 'kysely';
import type { ProposalId } from '../domain/ids.ts';
import type { Job, WorkQueue } from '../domain/service-ports.ts';
import { type Database, databaseNow, type Queries } from './database.ts';
import { takeTurn } from './advisory-locks.ts';
import { hasEnded } from '../platform/process-tag.ts';

/** Work of all processes that share the database. */
export function createWorkQueue(database: Database): WorkQueue {
  const { db } = database;
  // A clock that was put forward ends every lease at once, also of what this process is about.
  const atWork = new Map<string, string>();
  return {
    enqueue: (job, notBeforeMs) => db.transaction().execute((trx) => enqueueJob(database, trx, job, notBeforeMs)),
    claim: async (kind, worker, leaseMs) => {
      const own = [...atWork].filter(([, holder]) => holder === worker).map(([id]) => id);
      const job = await claim(database, kind, worker, leaseMs, own);
      if (job) atWork.set(job.id, worker);
      return job;
    },
    ...holding(database, (id) => void atWork.delete(id)),
    look: async (kind, key) => {
      const row = await newestJob(db, kind, key);
      return row && { state: row.state, why: row.why, progress: parsed(row.progress), result: parsed(row.result) };
    },
  };
}

type Holding = Pick<WorkQueue, 'heartbeat' | 'finish' | 'postpone' | 'giveBack'>;

/** What whoever holds a job does with it; `ends` is told where the work on it does, whatever becomes of the row. */
function holding(database: Database, ends: (id: string) => void): Holding {
  return {
    heartbeat: async (id, worker, leaseMs, progress) => {
      const held = heldBy(database, id, worker);
      const beat = { lease_until_ms: leaseEnd(database, leaseMs), progress: json(progress) };
      return changed(await held.set(beat).execute());
    },
    finish: async (id, worker, result) => {
      ends(id);
      const ended = { state: 'finished', result: json(result), finished_at_ms: databaseNow(database) } as const;
      return changed(await heldBy(database, id, worker).set(ended).execute());
    },
    postpone: async (id, worker, retryAtMs, why, how) => {
      ends(id);
      const later = { ...FREE, not_before_ms: retryAtMs, why, ...(how === 'ended' ? { attempt: 0 } : {}) };
      return changed(await heldBy(database, id, worker).set(later).execute());
    },
    giveBack: async (id, worker, why) => {
      ends(id);
      const free = { ...FREE, not_before_ms: databaseNow(database), why };
      const held = heldBy(database, id, worker);
      return changed(await held.set((column) => ({ ...free, attempt: column('attempt', '-', 1) })).execute());
    },
  };
}

const FREE = { state: 'queued', worker: null, lease_until_ms: null } as const;

export const verifyJob = (id: ProposalId) => ({ kind: 'verify', key: id, input: { proposal: id } }) as const;

/** Within the caller's transaction; nothing happens where an unfinished job has the same kind and key. */
export async function enqueueJob(
  database: Database,
  trx: Queries,
  { kind, key, input }: Pick<Job, 'kind' | 'key' | 'input'>,
  notBeforeMs: number,
): Promise<void> {
  await takeTurn(database, trx, 'jobs');
  await trx
    .insertInto('jobs')
    .values((from) => ({
      id: randomUUID(),
      kind,
      key,
      input: json(input),
      state: 'queued',
      sequence: from.selectFrom('jobs').select(sql<number>`coalesce(max(sequence), 0) + 1`.as('next')),
      attempt: 0,
      not_before_ms: notBeforeMs,
      enqueued_at_ms: databaseNow(database),
    }))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The newest job with this key, finished or not. */
export async function newestJob(
  queries: Queries,
  kind: Job['kind'],
  key: string,
): Promise<{
  id: string;
  state: 'queued' | 'held' | 'finished';
  progress: string | null;
  result: string | null;
  why: string | null;
} | null> {
  const row = await queries
    .selectFrom('jobs')
    .select(['id', 'state', 'progress', 'result', 'why'])
    .where('kind', '=', kind)
    .where('key', '=', key)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

async function claim(
  database: Database,
  kind: Job['kind'],
  worker: string,
  leaseMs: number,
  atWork: readonly string[],
): Promise<Job | null> {
  return database.db.transaction().execute(async (trx) => {
    await takeTurn(database, trx, 'jobs');
    const next = await nextInLine(trx, kind, databaseNow(database), atWork);
    if (next === null) return null;
    const row = await trx
      .updateTable('jobs')
      .set((column) => ({
        state: 'held',
        worker,
        lease_until_ms: leaseEnd(database, leaseMs),
        claimed_at_ms: databaseNow(database),
        attempt: column('attempt', '+', 1),
        progress: null,
      }))
      .where('id', '=', next)
      // Its holder may have renewed the lease, postponed or finished it since we looked: holders take no turns.
      .where(isDue(databaseNow(database)))
      .returning(['id', 'kind', 'key', 'input', 'attempt', 'why'])
      .executeTakeFirst();
    return row ? { ...row, input: parsed(row.input) } : null;
  });
}

function heldBy(database: Database, id: string, worker: string) {
  return database.db
    .updateTable('jobs')
    .where('id', '=', id)
    .where('worker', '=', worker)
    .where('state', '=', 'held')
    .returning('id');
}

function leaseEnd(database: Database, leaseMs: number): RawBuilder<number> {
  return sql<number>`${databaseNow(database)} + cast(${leaseMs} as bigint)`;
}

function changed(rows: readonly unknown[]): boolean {
  return rows.length > 0;
}

function json(value: unknown): string {
  return JSON.stringify(value ?? null);
}

function parsed(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}

/**
 * The job that whoever asks now gets: its id, or null where none is due. A lease that ended makes a job due again, but
 * not to whoever still works at it.
 */
export async function nextInLine(
  queries: Queries,
  kind: Job['kind'],
  now: RawBuilder<number>,
  atWork: readonly string[] = [],
): Promise<string | null> {
  const due = queries
    .selectFrom('jobs')
    .select('jobs.id')
    .where('jobs.kind', '=', kind)
    // Word for word as in the index jobs_unfinished, so that no finished job is read.
    .where(sql<SqlBool>`jobs.state <> 'finished'`)
    .where(isDue(now))
    .$if(atWork.length > 0, (query) => query.where('jobs.id', 'not in', [...atWork]));
  const ordered =
    kind === 'build'
      ? due
          .where(commitIsFree(now))
          .orderBy(sql`case when ${earliestDeadline} is null then 1 else 0 end`)
          .orderBy(earliestDeadline)
          .orderBy('jobs.sequence')
      : due
          .leftJoin('proposals', 'proposals.id', 'jobs.key')
          .orderBy(urgency.decided)
          .orderBy(urgency.hasNoDeadline)
          .orderBy('proposals.deadline_at_s')
          .orderBy(sql`length(jobs.key)`)
          .orderBy('jobs.key');
  return (await ordered.limit(1).executeTakeFirst())?.id ?? null;
}

/** No job is put off for so long: later than that was reckoned by a clock that was wrong. */
const LONGEST_PAUSE_MS = sql.lit(86_400_000);

/** Nobody has it, and its time has come; or whoever has it let its lease run out. */
export function isDue(now: RawBuilder<number>): Expression<SqlBool> {
  return sql<SqlBool>`(jobs.state = 'queued'
      and (jobs.not_before_ms <= ${now} or jobs.not_before_ms > ${now} + ${LONGEST_PAUSE_MS})
    or jobs.state = 'held' and jobs.lease_until_ms <= ${now})`;
}

/** `byUrgency` of the domain, over proposals: undecided first, then the earliest deadline, an unknown one last. */
export const urgency = {
  decided: sql`case when proposals.status in ('adopted', 'rejected', 'executed', 'failed') then 1 else 0 end`,
  hasNoDeadline: sql`case when proposals.deadline_at_s is null then 1 else 0 end`,
};

/** Until when somebody votes on what a build job builds; null where it is decided, or nobody was asked. */
const earliestDeadline = sql<number | null>`(select min(proposals.deadline_at_s) from proposals
  where proposals.commit_id = substr(jobs.key, 1, 40)
    and proposals.status not in ('adopted', 'rejected', 'executed', 'failed'))`;

/** Build keys begin with the commit; two attempts for one commit never run at the same time. */
function commitIsFree(now: RawBuilder<number>): Expression<SqlBool> {
  return sql<SqlBool>`not exists (
    select 1 from jobs other
    where other.kind = 'build' and other.state = 'held' and other.lease_until_ms > ${now}
      and substr(other.key, 1, 40) = substr(jobs.key, 1, 40) and other.id <> jobs.id)`;
}

/**
 * Makes jobs due again whose workers were killed on this machine, without waiting for their leases. A worker's name
 * begins with its identity. Gives the keys of the jobs.
 */
export async function reclaimJobs(database: Database, kind: Job['kind']): Promise<readonly string[]> {
  const held = await database.db
    .selectFrom('jobs')
    .select(['id', 'key', 'worker'])
    .where('kind', '=', kind)
    .where('state', '=', 'held')
    .execute();
  const queue = createWorkQueue(database);
  const reclaimed: string[] = [];
  for (const { id, key, worker } of held) {
    if (worker === null || !hasEnded(worker.split(' ')[0] ?? '')) continue;
    if (await queue.postpone(id, worker, 0, 'its worker died')) reclaimed.push(key);
  }
  return reclaimed;
}
