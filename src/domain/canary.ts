import type { Outcome } from './check.ts';
import type { Evidence } from './evidence.ts';
import type { ProposalId } from './ids.ts';
import type { Proposal } from './proposal.ts';
import { leftText } from './reminders.ts';

/** What is judged again: a verified election as it is, with another expected hash, and with other bytes. */
export type CanaryCase = 'as-verified' | 'hash-altered' | 'byte-altered';

export interface JudgedCase {
  readonly name: CanaryCase;
  readonly expected: Outcome;
  readonly outcome: Outcome;
  readonly headline: string;
}

/** `open`: the world did not give enough to say; nothing is wrong with the judging as far as it is known. */
export type CanaryState = 'right' | 'wrong' | 'open';

export interface CanaryRun {
  readonly proposalId: ProposalId;
  readonly state: CanaryState;
  readonly cases: readonly JudgedCase[];
  /** UTC milliseconds. */
  readonly atMs: number;
}

/** The newest election that is verified, with what its verdict was judged from. */
export interface CanarySubject {
  readonly proposal: Proposal;
  readonly evidence: Evidence;
  /** UTC milliseconds. */
  readonly decidedAtMs: number;
}

export interface Canaries {
  /** null: nothing was verified yet. */
  readonly subject: () => Promise<CanarySubject | null>;
  readonly keep: (run: CanaryRun) => Promise<void>;
  /** The newest run, and the newest that came to an end. */
  readonly newest: () => Promise<{ readonly last: CanaryRun | null; readonly ended: CanaryRun | null }>;
}

/** What three judged cases say of the judge. An alteration that passes is wrong, whatever became of the original. */
export function canaryState(cases: readonly JudgedCase[]): CanaryState {
  const outcomeOf = (name: CanaryCase): Outcome | null => cases.find((each) => each.name === name)?.outcome ?? null;
  const original = outcomeOf('as-verified');
  const altered = [outcomeOf('hash-altered'), outcomeOf('byte-altered')];
  if (original === 'mismatch' || altered.includes('verified') || altered.includes(null)) return 'wrong';
  if (original !== 'verified') return 'open';
  return altered.every((outcome) => outcome === 'mismatch') ? 'right' : 'wrong';
}

const DAY_MS = 86_400_000;
/** A week, and some time for whatever is out of reach. */
export const CANARY_LATE_MS = 10 * DAY_MS;

/** What is wrong with the canary itself, a sentence; null: nothing. `sinceMs`: when it could first have run. */
export function canaryTrouble(ended: CanaryRun | null, sinceMs: number, nowMs: number): string | null {
  if (ended?.state === 'wrong') return wrongText(ended);
  const age = nowMs - Math.max(ended?.atMs ?? 0, sinceMs);
  if (age <= CANARY_LATE_MS) return null;
  return `No canary has come to an end for ${leftText(age / 1000)}: whether this program still judges rightly is not known.`;
}

function wrongText({ proposalId, cases }: CanaryRun): string {
  const bad = cases.find(({ expected, outcome }) => expected !== outcome) ?? cases[0];
  const what: Readonly<Record<CanaryCase, string>> = {
    'as-verified': 'the verified release, read again,',
    'hash-altered': 'the same with one digit of the expected hash altered',
    'byte-altered': 'the same with one byte of a local copy altered',
  };
  return bad
    ? `The canary over proposal ${proposalId} is judged wrongly: ${what[bad.name]} is ${bad.outcome}, and must be ${bad.expected}.`
    : `The canary over proposal ${proposalId} judged nothing.`;
}

export const CANARY_RIGHT = 'Canary: judged as expected';

/** How old the newest word on the judging is. */
export function canaryNote({ state, atMs }: CanaryRun, nowMs: number): string {
  const words: Readonly<Record<CanaryState, string>> = {
    right: CANARY_RIGHT,
    wrong: 'Canary: judged wrongly',
    open: 'Canary: not to be judged',
  };
  return `${words[state]} ${leftText((nowMs - atMs) / 1000)} ago.`;
}
