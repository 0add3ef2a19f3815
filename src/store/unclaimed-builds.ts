import type { UnclaimedBuilds } from '../domain/service-ports.ts';
import { databaseNow, type Database } from './database.ts';

/** Builds that are due while no builder lives, neither by its lease nor by a job that it holds; null: all is attended. */
export async function unclaimedBuilds(database: Database, leasePrefix: string): Promise<UnclaimedBuilds | null> {
  const now = databaseNow(database);
  const builder = await database.db
    .selectFrom('locks')
    .select('name')
    .where('name', 'like', `${leasePrefix}%`)
    .where('expires_at_ms', '>', now)
    .limit(1)
    .executeTakeFirst();
  if (builder) return null;
  const jobs = await database.db
    .selectFrom('jobs')
    .select(['state', 'enqueued_at_ms', 'not_before_ms', 'lease_until_ms'])
    .select((column) => column('lease_until_ms', '>', now).as('live'))
    .where('kind', '=', 'build')
    .where('state', '<>', 'finished')
    .where((where) => where.or([where('state', '=', 'held'), where('not_before_ms', '<=', now)]))
    .execute();
  const [first] = jobs.map(dueSince).sort((a, b) => a - b);
  if (first === undefined || jobs.some(({ state, live }) => state === 'held' && Boolean(live))) return null;
  return { builds: jobs.length, sinceMs: first };
}

function dueSince(job: { enqueued_at_ms: number; not_before_ms: number; lease_until_ms: number | null }): number {
  return Math.max(job.enqueued_at_ms, job.not_before_ms, job.lease_until_ms ?? 0);
}
