import type { CheckResult, Comparison, Finding, JudgedCaveat, Judgement, Reason } from '../../domain/check.ts';

/** A planned cell with what its check says of it. */
export type CellResult = Exclude<CheckResult, { readonly outcome: 'skipped' }>;

interface Extras {
  readonly comparisons?: readonly Comparison[];
  readonly findings?: readonly Finding[];
  readonly caveats?: readonly JudgedCaveat[];
}

const NOTHING = {
  reason: null,
  comparisons: [],
  findings: [],
  caveats: [],
  localOnly: false,
  confirmed: false,
} as const;

/** Everything that had to be compared was observed and is the same. */
export function verified(sentence: string, comparisons: readonly Comparison[], extras: Extras = {}): Judgement {
  return { ...NOTHING, ...extras, outcome: 'verified', sentence, comparisons };
}

/** Two observed values differ. Imported by checks only, so that no outage can become one. */
export function mismatch(
  sentence: string,
  comparisons: readonly Comparison[],
  extras: Extras & { readonly localOnly?: boolean; readonly confirmed?: boolean } = {},
): Judgement {
  return { ...NOTHING, ...extras, outcome: 'mismatch', sentence, comparisons };
}

/** Something that is needed was not observed. */
export function inconclusive(reason: Reason, sentence: string, extras: Extras = {}): Judgement {
  return { ...NOTHING, ...extras, outcome: 'inconclusive', reason, sentence };
}

/**
 * What an advisory check says once it could look. With a warning it must not read as a tick, and as advice it must
 * not read as a mismatch; it has no reason, since nothing was missing.
 */
export function advice(
  silence: string,
  findings: readonly Finding[],
  caveats: readonly JudgedCaveat[] = [],
): Judgement {
  const warnings = findings.filter(({ severity }) => severity !== 'info');
  if (warnings.length === 0) return { ...NOTHING, outcome: 'verified', sentence: silence, findings, caveats };
  const sentence = warnings.map((finding) => finding.sentence).join(' ');
  return { ...NOTHING, outcome: 'inconclusive', sentence, findings, caveats };
}
