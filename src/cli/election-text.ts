import type { ElectionRow } from '../operator/queries.ts';
import { utc } from '../domain/verdict-document.ts';
import { closingText, KIND_WORDS, progressText, tallyText, verdictText } from '../domain/election-words.ts';
import { plainText } from '../domain/text.ts';
import { leftText } from '../domain/reminders.ts';

/** One election in two lines: the vote, and what we say of it. */
export function electionLines(row: ElectionRow, nowMs: number): string[] {
  const vote = [row.id, KIND_WORDS[row.kind], row.status, closingText(row.deadlineAt, nowMs), tallyText(row.tally)];
  const muted = row.mutedUntilMs !== null && row.mutedUntilMs > nowMs ? [`muted until ${utc(row.mutedUntilMs)}`] : [];
  const said = [verdictText(row.verdict), ...workText(row.job, nowMs), ...muted, plainText(row.title ?? '', 120)];
  return [vote.join(' · '), `    ${said.join(' · ')}`];
}

function workText(job: ElectionRow['job'], nowMs: number): string[] {
  if (!job) return [];
  if (job.state === 'held') return [progressText(job.progress)];
  const when = job.dueAtMs > nowMs ? `again in ${leftText((job.dueAtMs - nowMs) / 1000)}` : 'waits for its turn';
  return [job.why === null ? when : `${when}: ${plainText(job.why, 120)}`];
}
