import type { Scenario } from '../types.ts';
import { buildScenarios } from './build.ts';
import { cdnScenarios } from './cdn.ts';
import { cliScenarios } from './cli.ts';
import { icScenarios } from './ic.ts';
import { provenanceScenarios } from './provenance.ts';
import { sourceScenarios } from './source.ts';

/** Everything that can be wrong, each with what an honest verifier must say. */
export const scenarios: Scenario[] = [
  ...cliScenarios,
  ...icScenarios,
  ...cdnScenarios,
  ...sourceScenarios,
  ...buildScenarios,
  ...provenanceScenarios,
];
