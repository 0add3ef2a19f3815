import type { Scenario } from '../types.ts';
import { icScenarios } from './ic.ts';

/** Everything that can be wrong, each with what an honest verifier must say. */
export const scenarios: Scenario[] = [...icScenarios];
