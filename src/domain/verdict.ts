import {
  REASONS,
  type Caveat,
  type Cell,
  type CheckResult,
  type Finding,
  type Outcome,
  type Reason,
  type Scope,
  type ScopedComponent,
} from './check.ts';
import type { Component } from './component.ts';

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
 * The components of which a verified verdict speaks: each elected one and each that was asked for, whether the release
 * has it or not, and of a commit as a whole each that it has. No plan, tree or absence makes this list shorter.
 */
export function requiredComponents(scope: Scope | null): readonly Component[] {
  return (scope?.components ?? []).filter(isRequired).map(({ component }) => component);
}

function isRequired({ why, notInRelease }: ScopedComponent): boolean {
  return why === 'elected' || why === 'asked' || (why === 'whole' && !notInRelease);
}

/** What a verdict has to answer. Both parts come from the question, never from what was found. */
export interface Asked {
  readonly planned: readonly Cell[];
  /** Elected or asked for: nothing is verified before bytes of each of them are. */
  readonly required: readonly Component[];
}

/**
 * The rule of the contract over what was asked: any mismatch → mismatch; else every authoritative cell verified, and of
 * every required component at least one that compares bytes → verified; else inconclusive. A planned cell without a
 * result counts as not built, so a collector that never ran cannot shrink the question; a required component without
 * a cell counts as not published. Advisory cells never change the outcome.
 */
export function decide(
  { planned, required }: Asked,
  results: readonly CheckResult[],
  blocker: Blocker | null,
): Decision {
  const cells = planned
    .filter(({ tier }) => tier !== 'advisory')
    .map((cell) => ({ ...cell, judged: judgedFor(cell, results) }));
  const mismatches = cells.flatMap(({ judged }) => judged.filter(({ outcome }) => outcome === 'mismatch'));
  if (mismatches.length > 0) {
    const confirmed = mismatches.some((each) => !each.localOnly || each.confirmed);
    return { outcome: 'mismatch', reason: null, reasons: [], confirmed };
  }
  const authoritative = cells.filter(({ tier }) => tier === 'authoritative');
  const open = authoritative.filter(({ judged }) => !isProven(judged));
  const byteless = required.filter((component) => !authoritative.some((cell) => comparesBytesOf(cell, component)));
  if (blocker === null && required.length > 0 && byteless.length === 0 && open.length === 0) {
    return { outcome: 'verified', reason: null, reasons: [], confirmed: null };
  }
  const found = new Set(open.map(({ judged }) => judged[0]?.reason ?? 'not-built'));
  if (byteless.length > 0 && authoritative.length > 0) found.add('not-published');
  if (blocker) found.add(blocker.reason);
  if (found.size === 0) found.add('nothing-to-build');
  const reasons = REASONS.filter((reason) => found.has(reason));
  return { outcome: 'inconclusive', reason: reasons[0] ?? null, reasons, confirmed: null };
}

function comparesBytesOf({ component, comparesBytes }: Cell, required: Component): boolean {
  return comparesBytes && component === required;
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
