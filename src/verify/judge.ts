import { bounded, shortened } from '../domain/bounded.ts';
import type {
  Caveat,
  Cell,
  CheckResult,
  Finding,
  JudgedCaveat,
  Judgement,
  Scope,
  SkippedCell,
} from '../domain/check.ts';
import { componentFacts } from '../domain/component.ts';
import type { ErrorKind } from '../domain/errors.ts';
import type { Evidence } from '../domain/evidence.ts';
import { takenBack } from '../domain/taken-back.ts';
import { decide, requiredComponents, type Blocker, type Verdict } from '../domain/verdict.ts';
import { checkOf } from './checks/index.ts';
import { headline } from './judge-headline.ts';
import type { CellResult } from './rules/judgement.ts';

export interface Case {
  /** null: the proposal could not be read; then nothing is planned and `blocker` says why. */
  readonly scope: Scope | null;
  readonly planned: readonly Cell[];
  readonly skipped: readonly SkippedCell[];
  readonly evidence: Evidence;
  readonly blocker: Blocker | null;
  /** What stood before this run; an alarm of it that is over is told. */
  readonly earlier?: Verdict | null;
}

/** The verdict over exactly the planned cells. */
export function judge({ scope, planned, skipped, evidence, blocker, earlier = null }: Case): Verdict {
  const judged = scope ? judgeCells(planned, scope, evidence) : [];
  const decision = decide({ planned, required: requiredComponents(scope) }, judged, blocker);
  const findings = distinct([...takenBack(earlier, decision, judged), ...judged.flatMap((result) => result.findings)]);
  const caveats = distinct([...skippedCaveats(scope), ...judged.flatMap(caveatsOf)]);
  return {
    ...decision,
    headline: headline({ scope, decision, judged, blocker, findings, caveats }),
    results: [...judged, ...skipped.map(skippedResult)],
    findings,
    caveats: caveats.map(({ id, sentence }): Caveat => ({ id, sentence })),
  };
}

/** Of what a check quotes; it has compared the whole. */
const SHOWN = { text: 4096, items: 200 } as const;

/** What the checks say of some cells; also of those that can be judged before everything was collected. */
export function judgeCells(cells: readonly Cell[], scope: Scope, evidence: Evidence): readonly CellResult[] {
  return cells.map((cell) => {
    const check = checkOf(cell.check);
    const { component, tier } = cell;
    const judgement = orOurs(
      shortened(check.judge(cell, scope, evidence), SHOWN, { any: false }) as Judgement,
      cell,
      evidence,
    );
    return { ...judgement, check: cell.check, component, tier, title: check.title };
  });
}

/** What this machine or this program kept from being seen is not told as somebody's being out of reach. */
function orOurs(judgement: Judgement, { needs }: Cell, evidence: Evidence): Judgement {
  if (judgement.reason !== 'unreachable') return judgement;
  const looks = needs.map((key) => evidence.get(key));
  const ours = looks.find((look) => look?.status === 'unavailable' && OURS.includes(look.kind));
  if (ours?.status !== 'unavailable') return judgement;
  const sentence = `${judgement.sentence} The cause is on this machine: ${bounded(ours.detail, 240)}`;
  return { ...judgement, reason: 'host-unfit', sentence };
}

const OURS: readonly string[] = ['host', 'storage', 'input', 'bug'] satisfies readonly ErrorKind[];

function skippedResult({ check, component, tier, reason }: SkippedCell): CheckResult {
  return { check, component, tier, title: checkOf(check).title, outcome: 'skipped', sentence: reason };
}

/** A corroborating gap is a caveat, in the check's own words where it has some. */
function caveatsOf(result: CellResult): readonly JudgedCaveat[] {
  const gap = result.tier === 'corroborating' && result.outcome === 'inconclusive' && result.caveats.length === 0;
  if (!gap) return result.caveats;
  const { check, component, reason, sentence, title } = result;
  const what = component ? `${componentFacts(component).label}, “${title}”` : `“${title}”`;
  return [{ id: `${check}/${reason ?? 'open'}`, sentence: `${what} is inconclusive: ${sentence}` }];
}

function skippedCaveats(scope: Scope | null): readonly JudgedCaveat[] {
  if (!scope || scope.commit === null || scope.attestations) return [];
  return [{ id: 'provenance/skipped', sentence: 'Attestations were not checked.', inHeadline: true }];
}

function distinct<T extends Finding | JudgedCaveat>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [`${item.id} ${item.sentence}`, item])).values()];
}
