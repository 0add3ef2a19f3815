import type { BlobName } from '../domain/evidence.ts';
import type { CommitId } from '../domain/ids.ts';
import type { BuildNow } from '../domain/status-queries.ts';
import { databaseNow, type Database, type Queries } from './database.ts';

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
