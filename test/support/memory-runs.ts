import { keyText, type EvidenceKey, type Observation } from '../../src/domain/evidence.ts';
import type { RunId, RunStore } from '../../src/domain/ports.ts';
import type { Verdict } from '../../src/domain/verdict.ts';

export interface MemoryRun {
  readonly started: Parameters<RunStore['start']>[0];
  readonly observations: { key: EvidenceKey; observation: Observation<unknown> }[];
  readonly verdicts: Verdict[];
}

export interface MemoryRuns extends RunStore {
  /** What was stored, in the order in which runs were started. */
  readonly runs: ReadonlyMap<RunId, MemoryRun>;
}

/** A run store that is forgotten with the test. Like the real one it refuses unknown runs and unstored evidence. */
export function memoryRuns(): MemoryRuns {
  const runs = new Map<RunId, MemoryRun>();
  const known = (run: RunId): MemoryRun => {
    const found = runs.get(run);
    if (!found) throw new Error(`unexpected run ${run}`);
    return found;
  };
  return {
    runs,
    start: async (started) => {
      const id = `run-${runs.size + 1}`;
      runs.set(id, { started, observations: [], verdicts: [] });
      return id;
    },
    observed: async (run, key, observation) => {
      known(run).observations.push({ key, observation });
    },
    judged: async (run, verdict, evidence) => {
      const { observations, verdicts } = known(run);
      const stored = observations.map((row) => `${keyText(row.key)}\n${JSON.stringify(row.observation)}`);
      const judged = evidence.all().map((row) => `${keyText(row.key)}\n${JSON.stringify(row.observation)}`);
      const missing = judged.find((row) => !stored.includes(row));
      if (missing !== undefined) throw new Error(`unexpected evidence that was not stored: ${missing}`);
      return verdicts.push(verdict);
    },
  };
}
