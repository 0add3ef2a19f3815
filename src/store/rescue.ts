import type { Job } from '../domain/service-ports.ts';
import { hasEnded } from '../platform/process-tag.ts';
import { createWorkQueue } from './jobs.ts';
import type { Database } from './database.ts';

/**
 * Makes jobs due again whose workers were killed on this machine, without waiting for their leases. A worker's name
 * begins with its identity. Gives the keys of the jobs.
 */
export async function rescueJobs(database: Database, kind: Job['kind']): Promise<readonly string[]> {
  const held = await database.db
    .selectFrom('jobs')
    .select(['id', 'key', 'worker'])
    .where('kind', '=', kind)
    .where('state', '=', 'held')
    .execute();
  const queue = createWorkQueue(database);
  const rescued: string[] = [];
  for (const { id, key, worker } of held) {
    if (worker === null || !hasEnded(worker.split(' ')[0] ?? '')) continue;
    if (await queue.postpone(id, worker, 0, 'its worker died')) rescued.push(key);
  }
  return rescued;
}
