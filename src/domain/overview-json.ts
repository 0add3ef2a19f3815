import { utc } from './verdict-document.ts';
import { standingOf } from './election-words.ts';
import type { ElectionRow, Status } from './overview.ts';

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
  const { stage, percent, expectedAt, guessed } = standingOf(progress);
  return { state, attempt, stage, percent, expected: expectedAt === null ? null : utc(expectedAt * 1000), guessed };
}

/** `nns-watch/status@1`. */
export function statusJson({
  at,
  loops,
  troubles,
  held,
  deliveries,
  elections,
  health: { ok: healthy, vitality, problems, notes },
  ...status
}: Status): Record<string, unknown> {
  const time = (ms: number | null): string | null => (ms === null ? null : utc(ms));
  return {
    schema: 'nns-watch/status@1',
    ...status,
    healthy,
    vitality,
    problems,
    notes,
    at: utc(at),
    loops: loops.map(({ loop, lastOkMs, lastFailure }) => ({
      loop,
      lastOk: time(lastOkMs),
      lastFailure: lastFailure && { ...lastFailure, atMs: undefined, at: utc(lastFailure.atMs) },
    })),
    troubles: troubles.map(({ key, sentence, sinceMs }) => ({ key, sentence, since: utc(sinceMs) })),
    running: held.map(({ sinceMs, progress, ...job }) => ({
      ...job,
      progress: briefly(progress),
      since: utc(sinceMs),
    })),
    channels: deliveries.map(({ sentAtMs, ...channel }) => ({ ...channel, lastSent: time(sentAtMs) })),
    elections: elections.map((row) => electionJson(row, at)),
  };
}

/** Without the end of a build's log: it is shown where it is asked for. */
function briefly(progress: unknown): unknown {
  if (typeof progress !== 'object' || progress === null) return progress;
  return Object.fromEntries(Object.entries(progress).filter(([name]) => name !== 'tail'));
}
