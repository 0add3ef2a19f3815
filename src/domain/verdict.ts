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
  const judged = planned
    .filter((cell) => cell.tier !== 'advisory')
    .map((cell) => ({ cell, result: find(cell, results) }));
  const mismatches = judged.flatMap(({ result }) => (result?.outcome === 'mismatch' ? [result] : []));
  if (mismatches.length > 0) {
    return {
      outcome: 'mismatch',
      reason: null,
      reasons: [],
      confirmed: mismatches.some((m) => !m.localOnly || m.confirmed),
    };
  }
  const authoritative = judged.filter(({ cell }) => cell.tier === 'authoritative');
  const open = authoritative.filter(({ result }) => result?.outcome !== 'verified');
  if (blocker === null && authoritative.length > 0 && open.length === 0) {
    return { outcome: 'verified', reason: null, reasons: [], confirmed: null };
  }
  const found = new Set<Reason>(open.map(({ result }) => result?.reason ?? 'not-built'));
  if (blocker) found.add(blocker.reason);
  if (found.size === 0) found.add('nothing-to-build');
  const reasons = REASONS.filter((reason) => found.has(reason));
  return { outcome: 'inconclusive', reason: reasons[0] ?? null, reasons, confirmed: null };
}

/** Cells are the same question if check and component are; two results for one cell are a bug and count as none. */
function find(cell: Cell, results: readonly CheckResult[]): Judged | undefined {
  const same = results.filter((result) => result.check === cell.check && result.component === cell.component);
  const [only] = same;
  return same.length === 1 && only && only.outcome !== 'skipped' ? only : undefined;
}
