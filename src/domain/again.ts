import type { Reason } from './check.ts';
import type { Verdict } from './verdict.ts';

/** What decides whether, and when, a proposal is looked at again. Times are UTC seconds. */
export interface Look {
  readonly verdict: Verdict;
  /** Looks that ended so far, this one included. */
  readonly looks: number;
  readonly now: number;
  /** null: unknown. */
  readonly deadlineAt: number | null;
  /** Seconds that a run with a build takes here. */
  readonly runSeconds: number;
}

/** `at` null: nothing more would help. `final`: people need not wait for anything. */
export interface NextLook {
  readonly at: number | null;
  readonly final: boolean;
  readonly why: string;
}

/** A second build waits for a free hour; withheld source appears when its publisher likes. */
const CONFIRM_SECONDS = 300;
const WITHHELD_SECONDS = 1800;
/** A publisher who has published nothing for so long after the vote does not do so any more. */
const WITHHELD_UNTIL_SECONDS = 60 * 86_400;
/** After the deadline a few looks more are made, for those who come too late anyway. */
const LOOKS_AFTER_DEADLINE = 6;

interface Patience {
  readonly first: number;
  readonly most: number;
  /** How often at all; a build that failed thrice fails for a reason that time does not heal. */
  readonly looks: number;
  /** Only where a whole run still ends before voting closes. */
  readonly builds: boolean;
}

const OUTAGE: Patience = { first: 60, most: 1800, looks: Infinity, builds: false };
const FAILED_BUILD: Patience = { first: 300, most: 3600, looks: 3, builds: true };

/** What may pass by itself, by the reason of the verdict; null: it will not. */
const PATIENCE: Readonly<Record<Reason, Patience | null>> = {
  'untrusted-input': OUTAGE,
  'malformed-payload': null,
  'not-an-election': null,
  'nothing-to-build': null,
  'source-withheld': null,
  'not-published': { ...OUTAGE, first: 300, most: 900 },
  unlisted: { ...OUTAGE, first: 300, most: 900 },
  unreachable: OUTAGE,
  'host-unfit': { ...OUTAGE, first: 300, most: 900 },
  'build-failed': FAILED_BUILD,
  'build-timeout': { ...FAILED_BUILD, looks: 2 },
  'not-deterministic': null,
  // The source could not be laid out, or its layout is not known: three more looks tell the one from the other.
  'not-built': { ...OUTAGE, looks: 4 },
  interrupted: { first: 10, most: 600, looks: Infinity, builds: false },
};

/** When a proposal with this verdict is looked at again. */
export function nextLook(look: Look): NextLook {
  const { verdict, now } = look;
  if (verdict.outcome === 'verified') return settled('verified');
  if (verdict.outcome === 'mismatch') {
    if (verdict.confirmed !== false) return settled('mismatch');
    return { at: now + CONFIRM_SECONDS, final: false, why: 'the second build has to wait' };
  }
  // The contract's order of reasons is not the order of hope: each reason that may pass is worth another look.
  if (verdict.reasons.includes('source-withheld')) return withheld(look);
  const passing = verdict.reasons.map((reason) => later(reason, look)).filter((at) => at !== null);
  const lasting = verdict.reasons.some((reason) => PATIENCE[reason] === null);
  const at = lasting || passing.length === 0 ? null : Math.min(...passing);
  return { at, final: at === null, why: verdict.reasons.join(', ') };
}

function settled(why: string): NextLook {
  return { at: null, final: true, why };
}

/** The honest answer for now, and a place on the watch list, also after adoption. */
function withheld({ now, deadlineAt }: Look): NextLook {
  const late = deadlineAt !== null && now > deadlineAt + WITHHELD_UNTIL_SECONDS;
  return { at: late ? null : now + WITHHELD_SECONDS, final: true, why: 'source-withheld' };
}

function later(reason: Reason, { looks, now, deadlineAt, runSeconds }: Look): number | null {
  const patience = PATIENCE[reason];
  if (patience === null || looks >= patience.looks) return null;
  const at = now + Math.min(patience.most, patience.first * 2 ** Math.min(looks - 1, 20));
  const end = patience.builds ? at + runSeconds : at;
  const inTime = deadlineAt === null || end <= deadlineAt;
  return inTime || looks < (patience.builds ? 2 : LOOKS_AFTER_DEADLINE) ? at : null;
}
