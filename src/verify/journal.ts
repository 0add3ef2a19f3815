import type { Scope } from '../domain/check.ts';
import { Evidence, type EvidenceKey, type Observation } from '../domain/evidence.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { OnProgress, RunId, RunStore } from '../domain/ports.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Target } from './subject.ts';
import type { VerifyResult } from './verification.ts';

type Stage = 'collecting' | 'building' | 'judging';

export interface JournalFacts {
  readonly now: () => number;
  readonly runs: RunStore;
  readonly progress: OnProgress;
  readonly run: RunId;
  readonly target: Target;
  readonly proposal: Proposal | null;
  /** UTC milliseconds. */
  readonly startedAt: number;
}

/** The record of one run: its evidence, stored before anyone may judge it, its times and its verdicts. */
export class Journal {
  readonly evidence = new Evidence();
  readonly #facts: JournalFacts;
  readonly #seconds: Record<Stage, number> = { collecting: 0, building: 0, judging: 0 };
  #stage: Stage = 'collecting';
  #since: number;

  constructor(facts: JournalFacts) {
    this.#facts = facts;
    this.#since = facts.startedAt;
  }

  async record(key: EvidenceKey, observation: Observation<unknown>): Promise<void> {
    await this.#facts.runs.observed(this.#facts.run, key, observation);
    this.evidence.add(key, observation as Observation<never>);
    this.#facts.progress({ type: 'observed', key, observation });
  }

  enter(next: Stage, sentence: string): void {
    const now = this.#facts.now();
    this.#seconds[this.#stage] += (now - this.#since) / 1000;
    this.#stage = next;
    this.#since = now;
    this.#facts.progress({ type: 'stage', stage: next, sentence });
  }

  /** A verdict that another will follow: stored and told at once, with what it was judged from. */
  async revise(verdict: Verdict, judgedFrom: Evidence): Promise<void> {
    const revision = await this.#facts.runs.judged(this.#facts.run, verdict, judgedFrom, 'so far');
    this.#facts.progress({ type: 'verdict', verdict, revision });
  }

  async conclude(scope: Scope | null, verdict: Verdict | null): Promise<VerifyResult> {
    const { run, runs, proposal, target, startedAt, now } = this.#facts;
    const revision = verdict ? await runs.judged(run, verdict, this.evidence) : 0;
    const decidedAt = now();
    this.#seconds[this.#stage] += (decidedAt - this.#since) / 1000;
    const seconds = { ...this.#seconds, total: (decidedAt - startedAt) / 1000 };
    return { run, target, proposal, scope, verdict, revision, evidence: this.evidence, startedAt, decidedAt, seconds };
  }
}
