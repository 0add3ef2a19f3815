import type { ElectionRow } from '../app/reader.ts';
import { utc } from '../domain/document.ts';
import { standingOf } from './election-text.ts';

/** One election of `proposals --json` and `status --json`: times are UTC ISO 8601, 64-bit numbers are strings. */
export function electionJson(row: ElectionRow, nowMs: number): Record<string, unknown> {
  const { id, kind, title, status, commit, deadlineAt, tally, verdict, job, mutedUntilMs } = row;
  return {
    id,
    kind,
    title,
    status,
    commit,
    deadline: deadlineAt === null ? null : utc(deadlineAt * 1000),
    secondsLeft: deadlineAt === null ? null : Math.max(0, Math.floor(deadlineAt - nowMs / 1000)),
    tally,
    verdict: verdict && verdictJson(verdict),
    work: job && workJson(job),
    mutedUntil: mutedUntilMs !== null && mutedUntilMs > nowMs ? utc(mutedUntilMs) : null,
  };
}

function verdictJson({ decidedAtMs, ...verdict }: NonNullable<ElectionRow['verdict']>): Record<string, unknown> {
  return { ...verdict, decidedAt: utc(decidedAtMs) };
}

function workJson({
  state,
  dueAtMs,
  attempt,
  why,
  progress,
}: NonNullable<ElectionRow['job']>): Record<string, unknown> {
  if (state === 'queued') return { state, attempt, due: dueAtMs > 0 ? utc(dueAtMs) : null, why };
  const { stage, percent, expectedAt } = standingOf(progress);
  return { state, attempt, stage, percent, expected: expectedAt === null ? null : utc(expectedAt * 1000) };
}
