import { utc } from './verdict-document.ts';
import type { Standing } from './notice.ts';
import type { ElectionRow } from './overview.ts';
import type { ProposalKind, Tally } from './proposal.ts';
import { plainText } from './text.ts';
import { leftText } from './reminders.ts';

/** What each kind of proposal is called in lists. */
export const KIND_WORDS: Readonly<Record<ProposalKind, string>> = {
  'elect-guestos': 'GuestOS',
  'elect-hostos': 'HostOS',
  'retire-only': 'retires only',
  other: 'not decodable',
};

/** When voting closes or closed. `deadlineAt`: UTC seconds. */
export function closingText(deadlineAt: number | null, nowMs: number): string {
  if (deadlineAt === null) return 'deadline not known';
  const left = deadlineAt - nowMs / 1000;
  return left > 0 ? `closes ${utc(deadlineAt * 1000)} (${leftText(left)} left)` : `closed ${utc(deadlineAt * 1000)}`;
}

/** Shares of the whole voting power; the counts exceed 2^53. null: not known. */
export function tallyShares(tally: Tally | null): { readonly yes: string; readonly no: string } | null {
  if (!tally || ![tally.yes, tally.no, tally.total].every((count) => /^\d{1,30}$/.test(count))) return null;
  const total = BigInt(tally.total);
  if (total === 0n) return null;
  const share = (count: string): string => `${(Number((BigInt(count) * 10_000n) / total) / 100).toFixed(2)} %`;
  return { yes: share(tally.yes), no: share(tally.no) };
}

export function tallyText(tally: Tally | null): string {
  const shares = tallyShares(tally);
  return shares ? `${shares.yes} yes, ${shares.no} no` : 'tally not known';
}

/** The outcome with its remarks in brackets. */
export function verdictText(verdict: ElectionRow['verdict']): string {
  if (!verdict) return 'no verdict yet';
  const remarks = verdictRemarks(verdict);
  return `${verdict.outcome.toUpperCase()}${remarks.length > 0 ? ` (${remarks.join(', ')})` : ''}`;
}

/** What the worker of a run last said of it. */
export function progressText(progress: unknown): string {
  const { stage, percent, expectedAt, guessed, waits } = standingOf(progress);
  const share = percent === null ? '' : ` ${Math.round(percent)} %`;
  const guess = guessed ? ' (a guess: no run has been timed here yet)' : '';
  const end = expectedAt === null ? '' : `, verdict expected ${utc(expectedAt * 1000)}${guess}`;
  const waiting = waits === null ? '' : `, its build is waiting again: ${waits}`;
  return `${stage}${share}${waiting}${end}`;
}

/** Progress is JSON that another process wrote: read with care. */
export function standingOf(progress: unknown): Pick<Standing, 'percent' | 'expectedAt'> & {
  readonly stage: string;
  readonly guessed: boolean;
  readonly waits: string | null;
} {
  const said = typeof progress === 'object' && progress !== null ? (progress as Record<string, unknown>) : {};
  const number = (value: unknown): number | null =>
    typeof value === 'number' && Number.isFinite(value) ? value : null;
  return {
    stage: typeof said['stage'] === 'string' ? plainText(said['stage'], 20) : 'running',
    percent: number(said['percent']),
    expectedAt: number(said['expectedAt']),
    guessed: said['guessed'] === true,
    waits: typeof said['waits'] === 'string' ? plainText(said['waits'], 200) : null,
  };
}

/** Why there is no more than that, and what keeps it from being the last word. */
export function verdictRemarks({
  reason,
  confirmed,
  final,
  by,
}: NonNullable<ElectionRow['verdict']>): readonly string[] {
  return [
    ...(reason === null ? [] : [reason]),
    ...(confirmed === false ? ['not confirmed yet'] : []),
    ...(final ? [] : ['not final']),
    ...(by === 'hand' ? ['by hand'] : []),
  ];
}
