import { WatchError } from '../domain/errors.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Clock } from '../platform/clock.ts';
import type { RunReport } from './run-report.ts';

export interface NextAttemptFacts {
  readonly report: Pick<RunReport, 'next'>;
  readonly clock: Clock;
  /** UTC seconds; null: unknown. */
  readonly deadlineAt: number | null;
}

/** Time for a transfer at an honest pace. One that is broken off goes on where it broke, as a rule. */
const AT_LEAST_MS = 30 * 60_000;

/**
 * Ends a run that only stragglers keep from its end once the next attempt is due: what it could not see may be there by
 * now (a repository that was out of reach, a build that failed), and nobody's slow server may keep us from trying again.
 */
export class NextAttemptDue {
  readonly #facts: NextAttemptFacts;
  readonly #due = new AbortController();
  readonly #atLeastMs: number;
  readonly #beganAt: number;
  #waiting: AbortController | null = null;

  constructor(facts: NextAttemptFacts) {
    this.#facts = facts;
    this.#beganAt = facts.clock.now();
    const { deadlineAt } = facts;
    const left = deadlineAt === null ? Infinity : deadlineAt * 1000 - this.#beganAt;
    this.#atLeastMs = left > 0 ? Math.min(AT_LEAST_MS, left / 4) : AT_LEAST_MS;
  }

  /** Aborted once the run has to give way. */
  get signal(): AbortSignal {
    return this.#due.signal;
  }

  /** There is a word of what is known so far; the newest counts. A mismatch may still be built a second time. */
  heard({ outcome }: Verdict): void {
    this.close();
    const at = this.#facts.report.next?.at ?? null;
    if (at === null || outcome !== 'inconclusive') return;
    this.#waiting = new AbortController();
    void this.#abortAt(Math.max(at * 1000, this.#beganAt + this.#atLeastMs), this.#waiting.signal);
  }

  close(): void {
    this.#waiting?.abort();
    this.#waiting = null;
  }

  async #abortAt(at: number, over: AbortSignal): Promise<void> {
    await this.#facts.clock.sleep(at - this.#facts.clock.now(), over);
    if (over.aborted) return;
    this.#due.abort(new WatchError('transport', 'next-attempt-due', 'the next attempt is due'));
  }
}
