import type { ProposalId } from '../domain/ids.ts';
import type { Database } from './database.ts';

/** How many runs of a proposal came to a verdict; one whose worker died before is none. */
export async function judgedRuns({ db }: Database, id: ProposalId): Promise<number> {
  const row = await db
    .selectFrom('runs')
    .select((count) => count.fn.countAll<number>().as('runs'))
    .where('proposal_id', '=', id)
    .where('judged_at_ms', 'is not', null)
    .executeTakeFirstOrThrow();
  return row.runs;
}
