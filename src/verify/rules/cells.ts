import type { Cell, Check, Scope, ScopedComponent, Tier } from '../../domain/check.ts';
import { componentFacts, type Component } from '../../domain/component.ts';
import type { EvidenceKey } from '../../domain/evidence.ts';
import { requiredComponents } from '../../domain/verdict.ts';
import type { CommitId } from '../../domain/ids.ts';
import type { ElectedVersion, Proposal } from '../../domain/proposal.ts';

export type CheckPlan = ReturnType<Check['plan']>;
type Identity = Pick<Check, 'id' | 'tier' | 'phase'>;
/** The evidence that a cell needs, or why there is no such cell. */
export type Applies = { readonly needs: readonly EvidenceKey[] } | { readonly skip: string };

export const ELECTS_NOTHING = 'The proposal elects no version.';
const NO_PROPOSAL = 'A commit was given, not a proposal.';
/** What was asked for and is not there stands open in a cell of this check; the others have nothing to add to that. */
const TELLS_ABSENCE = 'sums-list-artifact';
export const NOT_IN_RELEASE =
  'Not part of this release: its source does not build it and the download hosts do not have it.';

export interface Election {
  readonly proposal: Proposal;
  readonly version: ElectedVersion;
}

/** Why a cell about the elected version is left out. */
export function noElection({ subject }: Scope): { readonly skip: string } {
  return { skip: subject.mode === 'commit' ? NO_PROPOSAL : ELECTS_NOTHING };
}

/** The election that the question is about; null in commit mode and for proposals that elect nothing. */
export function electionOf({ subject }: Scope): Election | null {
  if (subject.mode !== 'proposal' || subject.version === null) return null;
  return { proposal: subject.proposal, version: subject.version };
}

/** The election, if it is this component's image that it binds. */
export function electionOfComponent(scope: Scope, component: Component | null): Election | null {
  const election = electionOf(scope);
  return election?.version.component === component ? election : null;
}

/** The versions that the proposal retires; null where there is no proposal that could retire any. */
export function retiresOf({ subject }: Scope): readonly string[] | null {
  if (subject.mode !== 'proposal') return null;
  const { action } = subject.proposal;
  return subject.version?.retires ?? (action.kind === 'retire-only' ? action.retires : null);
}

/** Whether launch-measurements.json belongs beside this component's image in this release. */
export function listsMeasurements(scope: Scope, component: Component): boolean {
  return componentFacts(component).hasMeasurements && scope.measurementsInRelease;
}

/** One cell for each component of the question. */
export function perComponent(
  check: Identity,
  scope: Scope,
  applies: (scoped: ScopedComponent, commit: CommitId) => Applies,
): CheckPlan {
  const { commit } = scope;
  if (commit === null) return whole(check, { skip: ELECTS_NOTHING });
  const required = requiredComponents(scope);
  const plans = scope.components.map((scoped) => {
    const tellsAbsence = check.id === TELLS_ABSENCE && required.includes(scoped.component);
    const isLeftOut = scoped.notInRelease && !tellsAbsence;
    const applied = isLeftOut ? { skip: NOT_IN_RELEASE } : applies(scoped, commit);
    return place(check, scoped.component, tierOf(check.tier, scoped), applied);
  });
  return { cells: plans.flatMap(({ cells }) => cells), skipped: plans.flatMap(({ skipped }) => skipped) };
}

/** One cell for the proposal or commit as a whole. */
export function whole(check: Identity, applies: Applies): CheckPlan {
  return place(check, null, check.tier, applies);
}

/** A component that neither the proposal nor a flag names can contradict, but its gaps are only caveats. */
function tierOf(tier: Tier, { why }: ScopedComponent): Tier {
  return tier === 'authoritative' && why === 'extra' ? 'corroborating' : tier;
}

function place(check: Identity, component: Component | null, tier: Tier, applies: Applies): CheckPlan {
  if ('skip' in applies) {
    return { cells: [], skipped: [{ check: check.id, component, tier, reason: applies.skip }] };
  }
  const { needs } = applies;
  const comparesBytes = component !== null && needs.some(({ kind }) => kind === 'image' || kind === 'local-image');
  const cell: Cell = { check: check.id, component, tier, phase: check.phase, needs, comparesBytes };
  return { cells: [cell], skipped: [] };
}
