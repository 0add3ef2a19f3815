import type { EvidenceKey, Evidence } from '../domain/evidence.ts';
import type { Verdict } from '../domain/verdict.ts';
import { soFar } from './so-far.ts';

/** What is known at one moment of a run that goes on. */
export interface Moment {
  readonly verdict: Verdict;
  readonly evidence: Evidence;
  /** What is still looked at; `bound`: for what is elected or asked for, or for the proposal itself. */
  readonly waiting: readonly EvidenceKey[];
  readonly bound: boolean;
  readonly building: boolean;
}

export interface MeanwhileDeps {
  /** Tell the outcome, whatever it is, once only other people's servers keep the run from its end. */
  readonly electedFirst: boolean;
  readonly revise: (verdict: Verdict, evidence: Evidence) => Promise<void>;
  /** Asks to be shown the moment again after so many milliseconds. */
  readonly later: (ms: number, then: () => void) => void;
  readonly failed: (thrown: unknown) => void;
}

/**
 * Nobody's silence may hold back for longer than ten seconds what is known without him. Half of that is left for what
 * arrives together, so that people do not read the same verdict twice within a second.
 */
const GRACE_MS = 5000;

/** Says while a run goes on what is known by then: a mismatch at once, the rest once only stragglers are missing. */
export class Meanwhile {
  readonly #deps: MeanwhileDeps;
  readonly #ripe = new Set<string>();
  #told: { readonly name: string; readonly mismatch: boolean } | null = null;
  #writes: Promise<void> = Promise.resolve();

  constructor(deps: MeanwhileDeps) {
    this.#deps = deps;
  }

  see(moment: Moment): void {
    const { verdict, bound, building } = moment;
    const name = nameOf(verdict);
    if (name === this.#told?.name) return;
    if (verdict.outcome === 'mismatch') {
      if (!this.#told?.mismatch || this.#isRipe(name)) this.#tell(name, moment);
    } else if (this.#deps.electedFirst && !building && (!bound || this.#isRipe(name))) {
      this.#tell(name, moment);
    }
  }

  /** Resolves once everything that was told is stored. */
  async written(): Promise<void> {
    await this.#writes;
  }

  #isRipe(name: string): boolean {
    if (this.#ripe.has(name)) return true;
    this.#deps.later(GRACE_MS, () => this.#ripe.add(name));
    return false;
  }

  #tell(name: string, { verdict, evidence, waiting: keys, building }: Moment): void {
    this.#told = { name, mismatch: verdict.outcome === 'mismatch' };
    const told = soFar(verdict, { keys, building });
    const judgedFrom = evidence.copy();
    this.#writes = this.#writes.then(() => this.#deps.revise(told, judgedFrom));
    this.#writes.catch(this.#deps.failed);
  }
}

/** The same for verdicts that say the same of what counts. */
function nameOf({ outcome, reasons, confirmed, results }: Verdict): string {
  const mismatches = results.filter((result) => result.outcome === 'mismatch' && result.tier !== 'advisory');
  const cells = mismatches.map(({ check, component }) => `${check}/${component ?? ''}`);
  return JSON.stringify([outcome, reasons, confirmed, cells.sort()]);
}
