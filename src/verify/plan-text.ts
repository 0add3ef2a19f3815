import type { Component } from '../domain/component.ts';
import type { Scope, Tier, CheckId } from '../domain/check.ts';
import { keyText, type EvidenceKey } from '../domain/evidence.ts';
import type { PlannedImage } from '../domain/plan-estimate.ts';
import { checkOf } from './checks/index.ts';
import type { Plan } from './plan.ts';

/** What `verify --plan` prints: everything that a run would look at, compare and build. */
export interface PlanText {
  /** URLs of files, in the order in which they are fetched. */
  readonly urls: readonly string[];
  /** Those of them that are images. */
  readonly images: readonly PlannedImage[];
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
    images: plan.evidence
      .filter(({ kind }) => kind === 'image')
      .map((key) => ({ url: key.subject, component: componentOf(key, plan) })),
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

function componentOf(image: EvidenceKey, { cells }: Plan): Component | null {
  const needs = cells.find((cell) => {
    return cell.component !== null && cell.needs.some((need) => keyText(need) === keyText(image));
  });
  return needs?.component ?? null;
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
    case 'measured':
      return `launch measurements recomputed from ${subject}`;
    case 'registry':
      return 'versions in use, from the registry canister';
    case 'registry-version':
      return `the registry’s ${subject}`;
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
