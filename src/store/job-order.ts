import { sql, type Expression, type RawBuilder, type SqlBool } from 'kysely';
import type { Job } from '../domain/service-ports.ts';
import type { Queries } from './database.ts';

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
