import type { Scope } from '../domain/check.ts';
import { evidenceKey, unavailable, type Evidence, type EvidenceKey, type Observation } from '../domain/evidence.ts';
import type { Component } from '../domain/component.ts';
import type { CommitId } from '../domain/ids.ts';
import type { BuildFailure, BuildOutcome, Builder, CommitLock, OnProgress } from '../domain/ports.ts';
import { judgeCells } from './judge.ts';
import type { Plan } from './plan.ts';

export interface AttemptDeps {
  readonly now: () => number;
  readonly builder: Builder;
  readonly lock: CommitLock;
  readonly progress: OnProgress;
  readonly signal: AbortSignal;
  readonly evidence: Evidence;
  /** Stores an observation, then adds it to the evidence. */
  readonly record: (key: EvidenceKey, observation: Observation<unknown>) => Promise<void>;
  /** False with `--no-build`. */
  readonly wanted: boolean;
  readonly keep: boolean;
}

interface Refusal {
  readonly code: BuildFailure;
  readonly detail: string;
}

/** Builds what the plan asks for, once per attempt, and records every output as evidence of its own. */
export async function buildAttempt(scope: Scope, plan: Plan, attempt: number, deps: AttemptDeps): Promise<void> {
  const { commit } = scope;
  if (!commit || !plan.build) return;
  const { components } = plan.build;
  const refusal = refusalOf(scope, plan, commit, deps);
  if (refusal) return refuse(commit, attempt, components, refusal, deps);
  const tree = deps.evidence.get(evidenceKey.tree(commit));
  if (tree?.status !== 'observed') return;
  const turn = await deps.lock.acquire(commit, deps.signal);
  if (!turn) {
    return refuse(
      commit,
      attempt,
      components,
      { code: 'interrupted', detail: 'Stopped while waiting to build.' },
      deps,
    );
  }
  try {
    deps.progress({ type: 'stage', stage: 'building', sentence: `Building ${commit}, attempt ${attempt}.` });
    const request = { commit, tree: tree.value, components, attempt, keep: deps.keep };
    const signal = turn.lost ? AbortSignal.any([deps.signal, turn.lost]) : deps.signal;
    await record(commit, attempt, await deps.builder.build(request, signal, deps.progress), deps);
  } finally {
    await turn.release();
  }
}

/** Whether the commit is known to be the project's own: before that, nothing of it is fetched or run. */
export function gateIsOpen(scope: Scope, plan: Plan, evidence: Evidence): boolean {
  const gate = plan.cells.filter((cell) => cell.check === 'commit-on-release-ref');
  const judged = judgeCells(gate, scope, evidence);
  return judged.length === 1 && judged[0]?.outcome === 'verified';
}

/** What forbids the build. The commit's own code runs only once the commit is known to be the project's. */
function refusalOf(scope: Scope, plan: Plan, commit: CommitId, deps: AttemptDeps): Refusal | null {
  if (!deps.wanted) return { code: 'not-built', detail: 'The build was not requested.' };
  if (deps.signal.aborted) return { code: 'interrupted', detail: 'Stopped before the build.' };
  if (!gateIsOpen(scope, plan, deps.evidence)) {
    return {
      code: 'not-built',
      detail: 'The build starts only once the commit is known to be on an official branch or tag.',
    };
  }
  const tree = deps.evidence.get(evidenceKey.tree(commit));
  if (tree?.status !== 'observed') return { code: 'not-built', detail: 'The source could not be read.' };
  if (!tree.value.buildScript) return { code: 'not-built', detail: 'Layout not supported: no known build script.' };
  const host = deps.evidence.get(evidenceKey.host());
  if (host?.status !== 'observed') return { code: 'host-unfit', detail: 'This machine could not be examined.' };
  const [problem] = host.value.problems;
  return problem ? { code: 'host-unfit', detail: problem.sentence } : null;
}

async function refuse(
  commit: CommitId,
  attempt: number,
  components: readonly Component[],
  { code, detail }: Refusal,
  deps: AttemptDeps,
): Promise<void> {
  const nothing = unavailable('rejected', code, detail, `build of ${commit}, attempt ${attempt}`, deps.now(), false);
  const images = new Map(components.map((component) => [component, nothing]));
  await record(commit, attempt, { build: nothing, images, measurements: nothing }, deps);
}

async function record(commit: CommitId, attempt: number, outcome: BuildOutcome, deps: AttemptDeps): Promise<void> {
  await deps.record(evidenceKey.build(commit, attempt), outcome.build);
  for (const [component, image] of outcome.images) {
    await deps.record(evidenceKey.localImage(commit, attempt, component), image);
  }
  await deps.record(evidenceKey.localMeasurements(commit, attempt), outcome.measurements);
}
