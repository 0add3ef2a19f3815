import type { PastRun } from '../domain/retry-schedule.ts';
import type { Reason } from '../domain/check.ts';
import type { CommitId, ProposalId } from '../domain/ids.ts';
import { buildKeys } from './builds.ts';
import type { Database } from './database.ts';

/** Pauses stop growing before so many. */
const MOST = 8;

/** The newest runs of a proposal that came to a verdict, newest first; one whose worker died before is none. */
export async function judgedRuns({ db }: Database, id: ProposalId): Promise<readonly PastRun[]> {
  const rows = await db
    .selectFrom('runs')
    .innerJoin('verdicts', (join) =>
      join.onRef('verdicts.run_id', '=', 'runs.id').onRef('verdicts.revision', '=', 'runs.revision'),
    )
    .select(['verdicts.verdict', 'runs.judged_at_ms'])
    .where('runs.proposal_id', '=', id)
    .where('runs.judged_at_ms', 'is not', null)
    .orderBy('runs.judged_at_ms', 'desc')
    .limit(MOST)
    .execute();
  return rows.map(({ verdict, judged_at_ms: at }) => ({
    at: Math.floor((at ?? 0) / 1000),
    reasons: (JSON.parse(verdict) as { readonly reasons: readonly Reason[] }).reasons,
  }));
}

/** What the builds of a commit gave that came to an end, as their builders wrote it. */
export async function endedBuilds({ db }: Database, commit: CommitId): Promise<readonly unknown[]> {
  const rows = await db
    .selectFrom('jobs')
    .select('result')
    .where('kind', '=', 'build')
    .where('key', 'in', buildKeys(commit))
    .where('state', '=', 'finished')
    .orderBy('sequence')
    .execute();
  return rows.map(({ result }) => (result === null ? null : (JSON.parse(result) as unknown)));
}
