import { describe, expect, it } from 'vitest';
import { Evidence, unavailable } from '../../src/domain/evidence.ts';
import { verdictDocument } from '../../src/domain/verdict-document.ts';
import { BUILD, COMMIT, key, seen } from '../support/evidence.ts';

const STARTED = 1_790_000_000_000;

function reused(...builds: readonly (number | null)[]): boolean | null | undefined {
  const evidence = new Evidence();
  for (const [index, at] of builds.entries()) {
    const look =
      at === null
        ? unavailable('rejected', 'build-failed', 'It failed.', 'here', STARTED)
        : { ...seen(BUILD), observedAt: STARTED + at };
    evidence.add(key.build(COMMIT, index + 1), look);
  }
  const facts = { network: 'mainnet', proposal: null, commit: COMMIT, verdict: null, revision: 1, toolVersion: 'test' };
  return verdictDocument({ ...facts, evidence, startedAt: STARTED, decidedAt: STARTED, seconds: {} }).buildReused;
}

describe('a verdict document', () => {
  it('says whether the build is one of before the run', () => {
    expect(reused()).toBeNull();
    expect(reused(null)).toBeNull();
    expect(reused(-1)).toBe(true);
    expect(reused(1)).toBe(false);
    expect(reused(-1, 1)).toBe(false);
  });
});
