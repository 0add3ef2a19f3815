import type { BlobName } from '../domain/evidence.ts';
import type { CommitId, ProposalId } from '../domain/ids.ts';
import type { BuildNow } from '../domain/status-queries.ts';
import { type Database, databaseNow, type Queries } from './database.ts';
import type { PastRun } from '../domain/retry-schedule.ts';
import type { Reason } from '../domain/check.ts';

/** Attempts of one commit that may go on: the build, and the one that confirms it. */
const ATTEMPTS = [1, 2];

/** Under which keys the builds of a commit stand in the queue. */
export function buildKeys(commit: CommitId): string[] {
  return ATTEMPTS.map((attempt) => `${commit}#${attempt}`);
}

/** The build of a commit that somebody holds now; null: nobody does. */
export async function buildingNow(database: Database, commit: CommitId): Promise<BuildNow | null> {
  const row = await database.db
    .selectFrom('jobs')
    .select(['key', 'claimed_at_ms', 'progress'])
    .where('kind', '=', 'build')
    .where('key', 'in', buildKeys(commit))
    .where('state', '=', 'held')
    .where('lease_until_ms', '>', databaseNow(database))
    .executeTakeFirst();
  if (!row) return null;
  const said = row.progress === null ? null : (JSON.parse(row.progress) as unknown);
  return { attempt: Number(row.key.slice(commit.length + 1)), sinceMs: row.claimed_at_ms ?? 0, ...saidOf(said) };
}

/** Progress is JSON that another process wrote: read with care. */
function saidOf(progress: unknown): Pick<BuildNow, 'seconds' | 'tail' | 'lines'> {
  const { seconds, lastLine, tail, lines } = (progress ?? {}) as Record<string, unknown>;
  const texts = Array.isArray(tail) ? tail.filter((line) => typeof line === 'string') : [];
  const last = typeof lastLine === 'string' && lastLine !== '' ? [lastLine] : [];
  return {
    seconds: typeof seconds === 'number' ? seconds : null,
    tail: texts.length > 0 ? texts : last,
    lines: typeof lines === 'number' ? lines : last.length,
  };
}

/** Whether bytes of this name are kept as the log of a build. */
export async function isBuildLog(queries: Queries, name: BlobName): Promise<boolean> {
  const row = await queries
    .selectFrom('evidence')
    .select('run_id')
    .where('kind', '=', 'build')
    .where('file_sha256', '=', name)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

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
