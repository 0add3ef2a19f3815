import { BACKOFF, pauseMs, type Backoff } from './backoff.ts';
import type { Reason } from './check.ts';
import type { Verdict } from './verdict.ts';

/** A run that came to a verdict. */
export interface PastRun {
  /** UTC seconds. */
  readonly at: number;
  readonly reasons: readonly Reason[];
}

/** What decides whether, and when, a proposal is verified again. Times are UTC seconds. */
export interface RunFacts extends BuildRoom {
  readonly verdict: Verdict;
  /** Runs before this one, newest first; the newest few are enough. */
  readonly earlier: readonly PastRun[];
  readonly now: number;
  /** The proposal was not read, or our own limits ended the reading: what it says is not known. */
  readonly unread: boolean;
  /** The source was read and has no layout that can be built: no time heals that. */
  readonly unsupported: boolean;
}

export interface BuildRoom {
  /** When the builds of its commit failed so far, by themselves; this run's included. */
  readonly failedBuilds: readonly number[];
  /** null: unknown. */
  readonly deadlineAt: number | null;
  /** Seconds that a run with a build takes here. */
  readonly runSeconds: number;
}

/** `at` null: nothing more would help. `final`: people need not wait for anything. */
export interface NextAttempt {
  readonly at: number | null;
  readonly final: boolean;
  readonly why: string;
}

/** A second build waits for a free hour; withheld source appears when its publisher likes. */
const CONFIRM_SECONDS = 300;
const WITHHELD_SECONDS = 1800;
/** A publisher who has published nothing for so long after the vote does not do so any more. */
const WITHHELD_UNTIL_SECONDS = 60 * 86_400;
/** After the deadline a few tries more are made, for those who come too late anyway. */
const TRIES_AFTER_DEADLINE = 6;
/** Nothing is tried more often where its deadline comes near. */
const LEAST_SECONDS = 60;

/** What may pass by itself, by the reason of the verdict; null: it will not. Each reason has a budget of its own. */
const BACKOFF_OF: Readonly<Record<Reason, Backoff | 'build' | null>> = {
  'untrusted-input': BACKOFF.outage,
  'malformed-payload': null,
  'not-an-election': null,
  'nothing-to-build': null,
  'source-withheld': null,
  'not-published': BACKOFF.publisher,
  unlisted: BACKOFF.publisher,
  unreachable: BACKOFF.outage,
  'host-unfit': BACKOFF.publisher,
  'build-failed': 'build',
  'build-timeout': 'build',
  'not-deterministic': null,
  'not-built': BACKOFF.outage,
  interrupted: BACKOFF.interrupted,
};

/** When a proposal with this verdict is verified again. */
export function nextAttempt(facts: RunFacts): NextAttempt {
  const { verdict } = facts;
  if (verdict.outcome === 'verified') return settled('verified');
  if (verdict.outcome === 'mismatch') {
    if (verdict.confirmed !== false) return settled('mismatch');
    const at = secondBuildAt(facts);
    return { at, final: at === null, why: 'the second build has to wait' };
  }
  // The contract's order of reasons is not the order of hope: each reason that may pass is worth another try.
  if (verdict.reasons.includes('source-withheld')) return withheld(facts);
  const passing = verdict.reasons.map((reason) => later(reason, facts)).filter((at) => at !== null);
  const lasting = verdict.reasons.some((reason) => backoffFor(reason, facts) === null);
  const at = lasting || passing.length === 0 ? null : Math.min(...passing);
  return { at, final: at === null, why: verdict.reasons.join(', ') };
}

/** The build that confirms waits for a free hour, or as any other that failed. */
function secondBuildAt(facts: RunFacts): number | null {
  const soon = facts.now + CONFIRM_SECONDS;
  const at = nextBuildAt(facts);
  return at === null ? null : Math.max(at, soon);
}

function settled(why: string): NextAttempt {
  return { at: null, final: true, why };
}

/** The honest answer for now, and a place on the watch list, also after adoption. */
function withheld({ now, deadlineAt, runSeconds }: RunFacts): NextAttempt {
  const late = deadlineAt !== null && now > deadlineAt + WITHHELD_UNTIL_SECONDS;
  const pause = inTime(WITHHELD_SECONDS, now, deadlineAt, runSeconds);
  return { at: late ? null : now + pause, final: true, why: 'source-withheld' };
}

/** What is not known is no reason that lasts, and what is known to last is none that passes. */
function backoffFor(reason: Reason, { unread, unsupported }: RunFacts): Backoff | 'build' | null {
  if (unread && (reason === 'malformed-payload' || reason === 'not-an-election')) return BACKOFF.publisher;
  if (unsupported && reason === 'not-built') return null;
  return BACKOFF_OF[reason];
}

function later(reason: Reason, facts: RunFacts): number | null {
  const { earlier, now, deadlineAt, runSeconds, failedBuilds } = facts;
  const backoff = backoffFor(reason, facts);
  if (backoff === null) return null;
  if (backoff === 'build') {
    const at = nextBuildAt(failedBuilds.length === 0 ? { ...facts, failedBuilds: [now] } : facts);
    return at === null ? null : Math.max(at, now + LEAST_SECONDS);
  }
  const late = deadlineAt === null ? 0 : earlier.filter(({ at }) => at > deadlineAt).length + 1;
  if (deadlineAt !== null && now > deadlineAt && late >= TRIES_AFTER_DEADLINE) return null;
  const others = earlier.findIndex(({ reasons }) => !reasons.includes(reason));
  const before = others === -1 ? earlier.length : others;
  const at = now + inTime(pauseMs(backoff, before + 1) / 1000, now, deadlineAt, runSeconds);
  // The last word before voting closes is one that stands: whoever votes waits for nothing more.
  const isLast = deadlineAt !== null && now <= deadlineAt && at > deadlineAt;
  return isLast && before + 1 >= TRIES_AFTER_DEADLINE ? null : at;
}

/**
 * A pause that leaves room: at most half of the time in which a whole run still ends before voting closes, and later
 * half of the time in which anything can still be told.
 */
export function inTime(pause: number, now: number, deadlineAt: number | null, runSeconds: number): number {
  const limit = [(deadlineAt ?? -Infinity) - runSeconds, deadlineAt ?? -Infinity].find((at) => at > now);
  return limit === undefined ? pause : Math.min(pause, Math.max(LEAST_SECONDS, Math.floor((limit - now) / 2)));
}

/** Tries of a build that fails by itself, soon after each other. What failed thrice is tried once more at the last moment. */
const BUILD_TRIES = 3;
/** Where nobody knows until when somebody waits. */
const OPEN_END = { pause: 6 * 3600, tries: 20 } as const;
/** What a last try has for itself beyond the time that a run takes here. */
const MARGIN = 0.25;

/** When a commit whose builds failed is built again, UTC seconds: 0 before any failed, null where no time is left. */
export function nextBuildAt({ failedBuilds, deadlineAt, runSeconds }: BuildRoom): number | null {
  const failures = failedBuilds.length;
  if (failures === 0) return 0;
  const last = Math.max(...failedBuilds);
  const soon = last + pauseMs(BACKOFF['failed-build'], failures) / 1000;
  if (deadlineAt === null) {
    if (failures < BUILD_TRIES) return soon;
    return failures < OPEN_END.tries ? last + OPEN_END.pause : null;
  }
  const latest = Math.floor(deadlineAt - runSeconds * (1 + MARGIN));
  if (soon > latest) return last < latest ? latest : failures < 2 ? soon : null;
  return failures < BUILD_TRIES ? soon : latest;
}
