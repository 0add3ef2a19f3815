import { REASONS, type Caveat, type Cell, type CheckResult, type Finding, type Outcome, type Reason } from './check.ts';

/** Why the question could not even be asked, where that is so: an input that is missing, untrusted or no election. */
export interface Blocker {
  readonly reason: Reason;
  readonly sentence: string;
}

/** What `decide` concludes; the sentences around it are made by `judge`. */
export interface Decision {
  readonly outcome: Outcome;
  /** The first of `reasons`; null unless inconclusive. */
  readonly reason: Reason | null;
  readonly reasons: readonly Reason[];
  /** null unless mismatch. False: only one local build shows it so far. */
  readonly confirmed: boolean | null;
}

/** The verdict of one run, as it is stored, told and printed. */
export interface Verdict extends Decision {
  readonly headline: string;
  readonly results: readonly CheckResult[];
  readonly findings: readonly Finding[];
  readonly caveats: readonly Caveat[];
}

type Judged = Exclude<CheckResult, { outcome: 'skipped' }>;

/**
 * The rule of the contract over the cells that the plan asked for: any mismatch → mismatch; else every authoritative
 * cell verified, and at least one → verified; else inconclusive. A planned cell without a result counts as not built,
 * so a collector that never ran cannot shrink the question. Advisory cells never change the outcome.
 */
export function decide(planned: readonly Cell[], results: readonly CheckResult[], blocker: Blocker | null): Decision {
  const cells = planned
    .filter(({ tier }) => tier !== 'advisory')
    .map((cell) => ({ tier: cell.tier, judged: judgedFor(cell, results) }));
  const mismatches = cells.flatMap(({ judged }) => judged.filter(({ outcome }) => outcome === 'mismatch'));
  if (mismatches.length > 0) {
    const confirmed = mismatches.some((each) => !each.localOnly || each.confirmed);
    return { outcome: 'mismatch', reason: null, reasons: [], confirmed };
  }
  const authoritative = cells.filter(({ tier }) => tier === 'authoritative');
  const open = authoritative.filter(({ judged }) => !isProven(judged));
  if (blocker === null && authoritative.length > 0 && open.length === 0) {
    return { outcome: 'verified', reason: null, reasons: [], confirmed: null };
  }
  const found = new Set(open.map(({ judged }) => judged[0]?.reason ?? 'not-built'));
  if (blocker) found.add(blocker.reason);
  if (found.size === 0) found.add('nothing-to-build');
  const reasons = REASONS.filter((reason) => found.has(reason));
  return { outcome: 'inconclusive', reason: reasons[0] ?? null, reasons, confirmed: null };
}

/** All that was said of a cell: check and component make it the same question. More than one result is a bug. */
function judgedFor(cell: Cell, results: readonly CheckResult[]): readonly Judged[] {
  return results
    .filter((result) => result.check === cell.check && result.component === cell.component)
    .filter((result) => result.outcome !== 'skipped');
}

/** One result that says verified, and that shows at least one comparison, none of which contradicts it. */
function isProven(judged: readonly Judged[]): boolean {
  const [only] = judged;
  if (judged.length !== 1 || only?.outcome !== 'verified') return false;
  const { comparisons } = only;
  const contradicted = comparisons.some(
    ({ expected, actual, equal }) => expected.value !== null && actual.value !== null && !equal,
  );
  return !contradicted && comparisons.some(({ equal }) => equal);
}
