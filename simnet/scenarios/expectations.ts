import type { Scenario } from '../types.ts';

type Expectation = Scenario['expect'];

/** Exit codes and outcomes as docs and contract name them. */
export const verified = (more: Partial<Expectation> = {}): Expectation => ({
  outcome: 'verified',
  reason: null,
  exit: 0,
  ...more,
});

export const mismatch = (...checks: string[]): Expectation => ({
  outcome: 'mismatch',
  reason: null,
  exit: 10,
  ...(checks.length === 0 ? {} : { mismatches: checks }),
});

export const inconclusive = (reason: string): Expectation => ({ outcome: 'inconclusive', reason, exit: 11 });
