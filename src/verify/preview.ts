import type { Proposal } from '../domain/proposal.ts';
import type { Blocker } from '../domain/verdict.ts';
import { blockerOf, type Plan, planChecks, scopeOf } from './plan.ts';
import { proposalSubject, unreadable } from './subject.ts';
import type { VerifyDeps, VerifyInput } from './verification.ts';
import type { Component } from '../domain/component.ts';
import type { CheckId, Scope, Tier } from '../domain/check.ts';
import type { EvidenceKey } from '../domain/evidence.ts';
import { checkOf } from './checks/index.ts';

export interface PlannedTarget {
  readonly proposal: Proposal | null;
  /** Why there would be nothing to verify. */
  readonly blocker: Blocker | null;
  readonly plan: PlanText;
}

/** What `verifyVersion` would do with this input, before anything but the proposal was looked at. */
export async function planTarget(
  input: VerifyInput,
  deps: Pick<VerifyDeps, 'proposals' | 'signal'>,
): Promise<PlannedTarget> {
  const { target, components: flags, mirrors, build, attestations } = input;
  const facts = { tree: null, absentOnCdn: [] };
  if (target.mode === 'commit') {
    const scope = scopeOf({ subject: target, flags, mirrors, build, attestations, facts });
    return { proposal: null, blocker: null, plan: planText(scope, planChecks(scope)) };
  }
  const reading = await deps.proposals.read(target.id, deps.signal);
  if (reading.status === 'unavailable') {
    const nothing = { urls: [], looks: [], checks: [], skipped: [], build: null };
    return { proposal: null, blocker: unreadable(target.id, reading), plan: nothing };
  }
  const subject = proposalSubject(reading.value);
  const scope = scopeOf({ subject, flags, mirrors, build, attestations, facts });
  return { proposal: reading.value, blocker: blockerOf(subject), plan: planText(scope, planChecks(scope)) };
}

/** What `verify --plan` prints: everything that a run would look at, compare and build. */
export interface PlanText {
  /** URLs of files, in the order in which they are fetched. */
  readonly urls: readonly string[];
  /** Other things that are looked at, in words. */
  readonly looks: readonly string[];
  readonly checks: readonly {
    readonly id: CheckId;
    readonly title: string;
    readonly component: Component | null;
    readonly tier: Tier;
  }[];
  readonly skipped: readonly { readonly id: CheckId; readonly component: Component | null; readonly reason: string }[];
  readonly build: string | null;
}

export function planText(scope: Scope, plan: Plan): PlanText {
  return {
    urls: plan.evidence.filter(isFile).map(({ subject }) => subject),
    looks: plan.evidence.filter((key) => !isFile(key)).map(inWords),
    checks: plan.cells.map(({ check, component, tier }) => ({
      id: check,
      title: checkOf(check).title,
      component,
      tier,
    })),
    skipped: plan.skipped.map(({ check, component, reason }) => ({ id: check, component, reason })),
    build:
      plan.build && scope.commit
        ? `the build script of commit ${scope.commit}, for ${plan.build.components.join(', ')}`
        : null,
  };
}

function isFile({ kind }: EvidenceKey): boolean {
  return kind === 'sums' || kind === 'measurements' || kind === 'image';
}

function inWords({ kind, subject }: EvidenceKey): string {
  switch (kind) {
    case 'commit-refs':
      return `branches and tags of dfinity/ic that contain ${subject}`;
    case 'tree':
      return `source tree of ${subject}`;
    case 'host':
      return 'fitness of this machine for the build';
    case 'attestations':
      return `attestations of ${subject}`;
    case 'registry':
      return 'versions in use, from the registry canister';
    case 'dashboard':
      return `dashboard’s record of proposal ${subject}`;
    case 'sums':
    case 'measurements':
    case 'image':
      return subject;
    case 'proposal':
    case 'build':
    case 'local-image':
    case 'local-measurements':
      return `${kind} ${subject}`;
  }
}
