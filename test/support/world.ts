import type { CheckId, Judgement, Scope } from '../../src/domain/check.ts';
import type { Component } from '../../src/domain/component.ts';
import {
  Evidence,
  evidenceKey,
  keyText,
  type EvidenceKey,
  type EvidenceValues,
  type Observation,
} from '../../src/domain/evidence.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { checkOf } from '../../src/verify/checks/index.ts';
import { judge } from '../../src/verify/judge.ts';
import { blockerOf, planChecks, scopeOf, type Plan, type Question } from '../../src/verify/plan.ts';
import { BUILD, COMMIT, good, question, seen } from './evidence.ts';

/** A question with evidence that can be altered fact by fact. */
export class World {
  readonly scope: Scope;
  readonly plan: Plan;
  readonly #facts = new Map<string, { key: EvidenceKey; look: Observation<unknown> | undefined }>();

  constructor(overrides: Partial<Question> = {}) {
    this.scope = scopeOf(question(overrides));
    this.plan = planChecks(this.scope);
    const built = this.plan.cells.flatMap(({ needs }) => needs);
    for (const key of [...this.plan.evidence, ...built]) this.#facts.set(keyText(key), { key, look: good(key) });
    if (this.plan.build) this.set(evidenceKey.build(COMMIT, 1), seen(BUILD));
  }

  /** undefined: nobody looked. */
  set<K extends keyof EvidenceValues>(key: EvidenceKey<K>, look: Observation<EvidenceValues[K]> | undefined): this {
    this.#facts.set(keyText(key), { key, look });
    return this;
  }

  clear(): this {
    this.#facts.clear();
    return this;
  }

  keys(): readonly EvidenceKey[] {
    return [...this.#facts.values()].map(({ key }) => key);
  }

  evidence(backwards = false): Evidence {
    const evidence = new Evidence();
    const facts = [...this.#facts.values()];
    for (const { key, look } of backwards ? facts.reverse() : facts) {
      if (look) evidence.add(key, look as Observation<never>);
    }
    return evidence;
  }

  /** What one check says of its cell. */
  say(check: CheckId, component: Component | null = null): Judgement {
    const cell = this.plan.cells.find((each) => each.check === check && each.component === component);
    if (!cell) throw new Error(`no cell ${check}/${component ?? ''}`);
    return checkOf(check).judge(cell, this.scope, this.evidence());
  }

  verdict(backwards = false): Verdict {
    const { scope, plan } = this;
    const { cells: planned, skipped } = plan;
    return judge({ scope, planned, skipped, evidence: this.evidence(backwards), blocker: blockerOf(scope.subject) });
  }
}
