import type { ElectionRow } from '../operator/queries.ts';
import { utc } from '../domain/verdict-document.ts';
import { KIND_WORDS, progressText, tallyShares, verdictText } from '../domain/election-words.ts';
import { plainText } from '../domain/text.ts';
import { leftText } from '../domain/reminders.ts';
import { columns } from './wrapped.ts';

const HEAD = ['ID', 'KIND', 'STATUS', 'CLOSES', 'YES', 'NO', 'VERDICT', 'TITLE'];

/** A table of elections: the vote, what we say of it, and what is done for that now. */
export function electionTable(rows: readonly ElectionRow[], nowMs: number): string[] {
  return rows.length === 0 ? [] : columns([HEAD, ...rows.map((row) => cells(row, nowMs))]);
}

function cells(row: ElectionRow, nowMs: number): string[] {
  const shares = tallyShares(row.tally);
  const muted = row.mutedUntilMs !== null && row.mutedUntilMs > nowMs ? [`muted until ${utc(row.mutedUntilMs)}`] : [];
  // With a job that goes on there is more to say than that there is no verdict.
  const judged = row.verdict || !row.job ? [verdictText(row.verdict)] : [];
  return [
    row.id,
    KIND_WORDS[row.kind],
    row.status,
    closes(row.deadlineAt, nowMs),
    shares?.yes ?? '-',
    shares?.no ?? '-',
    [...judged, ...workText(row.job, nowMs), ...muted].join(' · '),
    plainText(row.title ?? '', 120),
  ];
}

function closes(deadlineAt: number | null, nowMs: number): string {
  if (deadlineAt === null) return '-';
  const left = deadlineAt - nowMs / 1000;
  return left > 0 ? `in ${leftText(left)}` : `closed ${utc(deadlineAt * 1000).slice(0, 10)}`;
}

function workText(job: ElectionRow['job'], nowMs: number): string[] {
  if (!job) return [];
  if (job.state === 'held') return [progressText(job.progress)];
  const when = job.dueAtMs > nowMs ? `again in ${leftText((job.dueAtMs - nowMs) / 1000)}` : 'waits for its turn';
  return [job.why === null ? when : `${when}: ${plainText(job.why, 120)}`];
}
