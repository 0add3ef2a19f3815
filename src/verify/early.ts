import type { CheckResult, Scope } from '../domain/check.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { OnProgress } from '../domain/ports.ts';
import { judgeCells } from './judge.ts';
import type { Plan } from './plan.ts';

/** Tells a mismatch as soon as the facts show it, hours before a build ends. */
export class Early {
  readonly #told = new Set<string>();
  readonly #scope: Scope;
  readonly #plan: Plan;
  readonly #evidence: Evidence;
  readonly #progress: OnProgress;

  constructor(scope: Scope, plan: Plan, evidence: Evidence, progress: OnProgress) {
    this.#scope = scope;
    this.#plan = plan;
    this.#evidence = evidence;
    this.#progress = progress;
  }

  look(): void {
    const cells = this.#plan.cells.filter((cell) => cell.phase === 'before-build' && cell.tier !== 'advisory');
    const fresh = judgeCells(cells, this.#scope, this.#evidence).filter((result) => this.#isNews(result));
    if (fresh.length > 0) this.#progress({ type: 'early', results: fresh });
  }

  #isNews(result: CheckResult): boolean {
    const name = `${result.check}/${result.component ?? ''}`;
    if (result.outcome !== 'mismatch' || this.#told.has(name)) return false;
    this.#told.add(name);
    return true;
  }
}
