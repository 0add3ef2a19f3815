import type { RunId } from '../domain/ports.ts';
import type { StoredVerdict } from '../domain/proposal-history.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Queries } from './database.ts';

export type { StoredVerdict } from '../domain/proposal-history.ts';

export async function appendVerdict(queries: Queries, run: RunId, stored: StoredVerdict): Promise<void> {
  const { verdict, revision, decidedAt, judgedFrom, final, noticeKey, toolVersion } = stored;
  await queries
    .insertInto('verdicts')
    .values({
      run_id: run,
      revision,
      outcome: verdict.outcome,
      reason: verdict.reason,
      verdict: JSON.stringify(verdict),
      judged_from: JSON.stringify(judgedFrom),
      decided_at_ms: decidedAt,
      final: final ? 1 : 0,
      confirmed: verdict.confirmed === null ? null : Number(verdict.confirmed),
      notice_key: noticeKey,
      tool_version: toolVersion,
    })
    .execute();
}

/** All revisions of a run, the first one first. */
export async function verdictsOf(queries: Queries, run: RunId): Promise<readonly StoredVerdict[]> {
  const rows = await queries
    .selectFrom('verdicts')
    .select(['revision', 'verdict', 'decided_at_ms', 'judged_from', 'final', 'notice_key', 'tool_version'])
    .where('run_id', '=', run)
    .orderBy('revision')
    .execute();
  return rows.map((row) => ({
    verdict: JSON.parse(row.verdict) as Verdict,
    revision: row.revision,
    decidedAt: row.decided_at_ms,
    judgedFrom: JSON.parse(row.judged_from) as number[],
    final: row.final === 1,
    noticeKey: row.notice_key,
    toolVersion: row.tool_version,
  }));
}
