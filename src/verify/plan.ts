import { mirrorUrl, type Mirror } from '../domain/artifact.ts';
import type { Cell, Scope, ScopedComponent, SkippedCell, Subject } from '../domain/check.ts';
import { COMPONENTS, type Component } from '../domain/component.ts';
import {
  evidenceKey,
  keyText,
  type Evidence,
  type EvidenceKey,
  type EvidenceKind,
  type TreeFacts,
} from '../domain/evidence.ts';
import type { Blocker } from '../domain/verdict.ts';
import { CHECKS } from './checks/index.ts';

/** Something of a release that the download hosts may not have at all. */
export type Target = Component | 'measurements';
export const TARGETS: readonly Target[] = [...COMPONENTS.map(({ component }) => component), 'measurements'];

export interface Question {
  readonly subject: Subject;
  /** Components named by flag; empty: none was named. */
  readonly flags: readonly Component[];
  readonly mirrors: readonly Mirror[];
  readonly build: boolean;
  readonly attestations: boolean;
  readonly facts: {
    /** null: not known, then the newest layout is expected. */
    readonly tree: TreeFacts | null;
    readonly absentOnCdn: readonly Target[];
  };
}

/** What will be judged, what has to be looked at for it, and what has to be built. */
export interface Plan {
  readonly cells: readonly Cell[];
  readonly skipped: readonly SkippedCell[];
  /** Everything that can be collected, each once; small facts first, then the images. */
  readonly evidence: readonly EvidenceKey[];
  /** null: nothing is built. */
  readonly build: { readonly components: readonly Component[] } | null;
}

/** The complete question. A target is left out only if the commit's tree does not have it and the CDN has it nowhere. */
export function scopeOf({ subject, flags, mirrors, build, attestations, facts }: Question): Scope {
  const { tree, absentOnCdn } = facts;
  const leftOut = (target: Target, inTree: boolean | undefined): boolean =>
    inTree === false && absentOnCdn.includes(target);
  const components = order(subject, flags).map(({ component, why }) => ({
    component,
    why,
    notInRelease: component === 'recovery' && why !== 'elected' && leftOut(component, tree?.hasRecovery),
  }));
  return {
    subject,
    commit: subject.mode === 'commit' ? subject.commit : (subject.version?.commit ?? null),
    components,
    mirrors,
    build,
    attestations,
    measurementsInRelease: !leftOut('measurements', tree?.hasMeasurements),
  };
}

/**
 * The elected component first. Flags and the setting narrow the others, as they do for users of `repro-check`; none
 * means all. What is named is asked for also where the release does not have it.
 */
function order(subject: Subject, flags: readonly Component[]): readonly Omit<ScopedComponent, 'notInRelease'>[] {
  const named = COMPONENTS.map(({ component }) => component).filter(
    (component) => flags.length === 0 || flags.includes(component),
  );
  if (subject.mode === 'commit') {
    const why = flags.length === 0 ? 'whole' : 'asked';
    return named.map((component) => ({ component, why }));
  }
  if (subject.version === null) return [];
  const elected = subject.version.component;
  const why = flags.length === 0 ? 'extra' : 'asked';
  const others = named.filter((component) => component !== elected);
  return [{ component: elected, why: 'elected' }, ...others.map((component) => ({ component, why }) as const)];
}

/** Expected cells, evidence and build: the denominator of the verdict, fixed before anything is judged. */
export function planChecks(scope: Scope): Plan {
  const plans = CHECKS.map((check) => check.plan(scope));
  const cells = plans.flatMap((plan) => plan.cells);
  const components = cells.flatMap(({ check, component }) =>
    check === 'build-reproduces' && component !== null ? [component] : [],
  );
  return {
    cells,
    skipped: plans.flatMap((plan) => plan.skipped),
    evidence: collectable(cells.flatMap(({ needs }) => needs)),
    build: scope.build && components.length > 0 ? { components } : null,
  };
}

/** What has to be looked at for the proposal itself and the components that it elects or that were asked for. */
export function boundEvidence(scope: Scope, plan: Plan): readonly EvidenceKey[] {
  const extra = scope.components.filter(({ why }) => why === 'extra').map(({ component }) => component);
  const bound = plan.cells.filter(({ component }) => component === null || !extra.includes(component));
  return collectable(bound.flatMap(({ needs }) => needs));
}

/** Gigabytes last; what a build or the reading of the proposal gives is not looked up at all. */
const RANK: Readonly<Record<EvidenceKind, number | null>> = {
  'commit-refs': 0,
  tree: 0,
  host: 0,
  sums: 1,
  measurements: 1,
  attestations: 1,
  registry: 1,
  'registry-version': 1,
  dashboard: 1,
  image: 2,
  measured: 3,
  proposal: null,
  build: null,
  'local-image': null,
  'local-measurements': null,
};

function collectable(keys: readonly EvidenceKey[]): readonly EvidenceKey[] {
  const distinct = [...new Map(keys.map((key) => [keyText(key), key])).values()];
  const ranked = distinct.flatMap((key) => {
    const rank = RANK[key.kind];
    return rank === null ? [] : [{ key, rank }];
  });
  return ranked.sort((left, right) => left.rank - right.rank).map(({ key }) => key);
}

/** What every mirror that was asked for says it does not have. Silence and trouble on the way are no absence. */
export function absentOnCdn(scope: Scope, evidence: Evidence): readonly Target[] {
  const { commit, mirrors } = scope;
  if (commit === null) return [];
  const everywhere = (keyAt: (mirror: Mirror) => EvidenceKey): boolean =>
    mirrors.length > 0 &&
    mirrors.every((mirror) => {
      const look = evidence.get(keyAt(mirror));
      return look?.status === 'unavailable' && look.kind === 'absent';
    });
  const components = scope.components
    .map(({ component }) => component)
    .filter((component) => everywhere((mirror) => evidenceKey.sums(mirrorUrl(mirror, commit, component, 'checksums'))));
  const measured = everywhere((mirror) =>
    evidenceKey.measurements(mirrorUrl(mirror, commit, 'guestos', 'measurements')),
  );
  return measured ? [...components, 'measurements'] : components;
}

/** Why there is nothing to be verified, where that is so. */
export function blockerOf(subject: Subject): Blocker | null {
  if (subject.mode === 'commit') return null;
  const { action } = subject.proposal;
  switch (action.kind) {
    case 'elect-guestos':
    case 'elect-hostos':
      return null;
    case 'retire-only':
      return { reason: 'nothing-to-build', sentence: 'The proposal only retires versions: there is nothing to build.' };
    case 'other':
      return { reason: 'not-an-election', sentence: 'The proposal does not elect an IC-OS version.' };
    case 'undecodable':
      return { reason: 'malformed-payload', sentence: action.sentence };
  }
}
