import type { Outcome } from './check.ts';
import type { NoticeType } from './notice.ts';
import type { ProposalId } from './ids.ts';
import type { ProposalStatus } from './proposal.ts';

/** One election as the clock sees it. Times are UTC seconds. */
export interface Election {
  readonly id: ProposalId;
  readonly status: ProposalStatus;
  readonly deadlineAt: number;
  /** null: no final verdict yet. */
  readonly verdict: { readonly outcome: Outcome; readonly final: boolean } | null;
  /** What was told so far without being final, such as a mismatch that is not confirmed; null: nothing. */
  readonly preliminary: Outcome | null;
  /** Why the last try came to nothing, in our words; null: none was made, or one goes on for the first time. */
  readonly failure: string | null;
  /** When the verdict is expected, from past builds; null once it is there. */
  readonly expectedAt: number | null;
  /** Nothing was timed here yet, so that `expectedAt` is a guess. */
  readonly guessed: boolean;
  /** Configured public neurons that have not voted on it; empty where none is configured. */
  readonly unvoted: readonly string[];
  /** Whether any neuron is configured: then its missing vote is what reminders are about. */
  readonly watchesNeurons: boolean;
  /** Neurons are configured, and nobody could be asked about them just now. */
  readonly votesUnseen?: boolean;
}

/** News that the passing of time, or of the vote, made. `key` is unique, so that nothing is told twice. */
export interface Due {
  readonly type: Extract<NoticeType, 'reminder' | 'cannot-finish' | 'decided' | 'closed' | 'outcome'>;
  readonly key: string;
  readonly sentence: string;
  readonly pings: boolean;
}

/**
 * What is due to be told now and was not told yet. `reminders` are seconds before the deadline. Keys contain the
 * deadline, so that a deadline that moved (wait-for-quiet) arms its reminders again.
 */
export function dueNow(
  election: Election,
  now: number,
  reminders: readonly number[],
  told: (key: string) => boolean,
): Due[] {
  const due = [
    cannotFinish(election, now),
    reminder(election, now, reminders),
    vote(election, now),
    closed(election, now),
  ];
  return due.filter((notice): notice is Due => notice !== null && !told(notice.key));
}

function cannotFinish({ id, deadlineAt, verdict, expectedAt, guessed }: Election, now: number): Due | null {
  if (verdict !== null || expectedAt === null || now >= deadlineAt || expectedAt <= deadlineAt) return null;
  const late = leftText(expectedAt - deadlineAt);
  const guess = guessed ? ` ${GUESS}` : '';
  return {
    type: 'cannot-finish',
    key: `proposal ${id} cannot-finish ${deadlineAt}`,
    sentence: `The verification will not finish before voting closes: it is expected ${late} after the deadline.${guess}`,
    pings: true,
  };
}

/** After a pause only the tightest threshold that was passed is told, not each of them. */
function reminder(election: Election, now: number, reminders: readonly number[]): Due | null {
  const left = election.deadlineAt - now;
  const threshold = Math.min(...reminders.filter((seconds) => left <= seconds));
  const missed = missing(election, left <= threshold / 2);
  if (left <= 0 || threshold === Infinity || missed === null) return null;
  return {
    type: 'reminder',
    key: `proposal ${election.id} reminder ${election.deadlineAt} ${threshold}${missed.of}`,
    sentence: `Voting closes in ${leftText(left)}, and ${missed.what}.`,
    pings: true,
  };
}

/**
 * What a reminder is about: each is told for itself, since votes that could not be seen before may be seen to be missing
 * later. Where they still cannot be when half of the time has passed, it is said: they may be missing.
 */
function missing(election: Election, isLate: boolean): { readonly of: string; readonly what: string } | null {
  const { verdict, preliminary, failure, unvoted, watchesNeurons, votesUnseen } = election;
  if (unvoted.length > 0) return { of: ' votes', what: votedText(unvoted) };
  if (votesUnseen && isLate && verdict !== null)
    return { of: ' unseen', what: 'it is unknown whether your neurons have voted' };
  if (watchesNeurons || verdict !== null) return null;
  const what =
    preliminary === null
      ? `there is no verdict yet${because(failure)}`
      : `there is no final verdict yet (so far: ${preliminary})`;
  return { of: '', what };
}

function votedText(unvoted: readonly string[]): string {
  const [neurons, have] = unvoted.length > 1 ? ['neurons', 'have'] : ['neuron', 'has'];
  return `${neurons} ${unvoted.join(', ')} ${have} not voted`;
}

function because(failure: string | null): string {
  return failure === null ? '' : `, because the last attempt failed (${failure})`;
}

/** The vote ended before its deadline, or was carried out. A repeated look at the same status is the same news. */
function vote({ id, status, deadlineAt }: Election, now: number): Due | null {
  const open = now < deadlineAt ? ' Votes still count for rewards until the deadline.' : '';
  const key = `proposal ${id} ${status}`;
  switch (status) {
    case 'adopted':
      return { type: 'decided', key, sentence: `The proposal is adopted.${open}`, pings: false };
    case 'rejected':
      return { type: 'outcome', key, sentence: `The proposal is rejected.${open}`, pings: false };
    case 'executed':
      return { type: 'outcome', key, sentence: `The proposal is adopted and executed.${open}`, pings: false };
    case 'failed':
      return {
        type: 'outcome',
        key,
        sentence: `The proposal was adopted, but its execution failed.${open}`,
        pings: false,
      };
    case 'open':
    case 'unknown':
      return null;
  }
}

function closed({ id, deadlineAt, verdict, preliminary, failure }: Election, now: number): Due | null {
  if (now < deadlineAt) return null;
  const key = `proposal ${id} closed ${deadlineAt}`;
  if (verdict !== null) return { type: 'closed', key, sentence: 'Voting has closed.', pings: false };
  const without = preliminary === null ? `a verdict${because(failure)}` : `a final verdict (so far: ${preliminary})`;
  return { type: 'closed', key, sentence: `Voting has closed without ${without}.`, pings: true };
}

/** `1 d 3 h`, `5 h 20 min`, `7 min`: two units at most, never a negative time. */
export function leftText(seconds: number): string {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  const [d, h, m] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (d > 0) return h > 0 ? `${d} d ${h} h` : `${d} d`;
  if (h > 0) return m > 0 ? `${h} h ${m} min` : `${h} h`;
  return `${m} min`;
}

/** Seconds that a run takes when nothing is known of this machine. */
export const UNKNOWN_RUN_SECONDS = 7200;

/** Said wherever a time is told that rests on no run of this machine. */
export const GUESS = `This is a guess: no run has been timed here yet, so a run is assumed to take ${leftText(UNKNOWN_RUN_SECONDS)}.`;

/** How long a run will take, from the latest ones (seconds, newest first): their median; and whether it is a guess. */
export function estimate(past: readonly number[]): { readonly seconds: number; readonly guessed: boolean } {
  const recent = past.slice(0, 5).sort((a, b) => a - b);
  const middle = recent[Math.floor(recent.length / 2)];
  return middle === undefined ? { seconds: UNKNOWN_RUN_SECONDS, guessed: true } : { seconds: middle, guessed: false };
}
