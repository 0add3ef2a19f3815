import type { ElectionRow } from '../app/reader.ts';
import { utc } from '../domain/document.ts';
import type { Standing } from '../domain/notice.ts';
import type { ProposalKind, Tally } from '../domain/proposal.ts';
import { plainText } from '../domain/text.ts';
import { leftText } from '../domain/timeline.ts';

const KINDS: Readonly<Record<ProposalKind, string>> = {
  'elect-guestos': 'GuestOS',
  'elect-hostos': 'HostOS',
  'retire-only': 'retires only',
  other: 'not decodable',
};

/** One election in two lines: the vote, and what we say of it. */
export function electionLines(row: ElectionRow, nowMs: number): string[] {
  const vote = [row.id, KINDS[row.kind], row.status, closingText(row.deadlineAt, nowMs), tallyText(row.tally)];
  const muted = row.mutedUntilMs !== null && row.mutedUntilMs > nowMs ? [`muted until ${utc(row.mutedUntilMs)}`] : [];
  const said = [verdictText(row.verdict), ...workText(row.job, nowMs), ...muted, plainText(row.title ?? '', 120)];
  return [vote.join(' · '), `    ${said.join(' · ')}`];
}

export function closingText(deadlineAt: number | null, nowMs: number): string {
  if (deadlineAt === null) return 'deadline not known';
  const left = deadlineAt - nowMs / 1000;
  return left > 0 ? `closes ${utc(deadlineAt * 1000)} (${leftText(left)} left)` : `closed ${utc(deadlineAt * 1000)}`;
}

/** Shares of the whole voting power; the counts exceed 2^53. */
export function tallyText(tally: Tally | null): string {
  if (!tally || ![tally.yes, tally.no, tally.total].every((count) => /^\d{1,30}$/.test(count)))
    return 'tally not known';
  const total = BigInt(tally.total);
  if (total === 0n) return 'tally not known';
  const share = (count: string): string => (Number((BigInt(count) * 10_000n) / total) / 100).toFixed(2);
  return `${share(tally.yes)} % yes, ${share(tally.no)} % no`;
}

export function verdictText(verdict: ElectionRow['verdict']): string {
  if (!verdict) return 'no verdict yet';
  const { outcome, reason, confirmed, final, by } = verdict;
  const remarks = [
    ...(reason === null ? [] : [reason]),
    ...(confirmed === false ? ['not confirmed yet'] : []),
    ...(final ? [] : ['not final']),
    ...(by === 'hand' ? ['by hand'] : []),
  ];
  return `${outcome.toUpperCase()}${remarks.length > 0 ? ` (${remarks.join(', ')})` : ''}`;
}

function workText(job: ElectionRow['job'], nowMs: number): string[] {
  if (!job) return [];
  if (job.state === 'held') return [progressText(job.progress)];
  const when = job.dueAtMs > nowMs ? `again in ${leftText((job.dueAtMs - nowMs) / 1000)}` : 'waits for its turn';
  return [job.why === null ? when : `${when}: ${plainText(job.why, 120)}`];
}

/** What the worker of a run last said of it. */
export function progressText(progress: unknown): string {
  const { stage, percent, expectedAt } = standingOf(progress);
  const share = percent === null ? '' : ` ${Math.round(percent)} %`;
  const end = expectedAt === null ? '' : `, verdict expected ${utc(expectedAt * 1000)}`;
  return `${stage}${share}${end}`;
}

/** Progress is JSON that another process wrote: read with care. */
export function standingOf(progress: unknown): Pick<Standing, 'percent' | 'expectedAt'> & { readonly stage: string } {
  const said = typeof progress === 'object' && progress !== null ? (progress as Record<string, unknown>) : {};
  const number = (value: unknown): number | null =>
    typeof value === 'number' && Number.isFinite(value) ? value : null;
  return {
    stage: typeof said['stage'] === 'string' ? plainText(said['stage'], 20) : 'running',
    percent: number(said['percent']),
    expectedAt: number(said['expectedAt']),
  };
}
