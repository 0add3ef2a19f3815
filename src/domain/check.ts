import type { Mirror } from './artifact.ts';
import type { Component } from './component.ts';
import type { Evidence, EvidenceKey } from './evidence.ts';
import type { CommitId } from './ids.ts';
import type { ElectedVersion, Proposal } from './proposal.ts';

export type CheckId =
  | 'package-hash'
  | 'sums-list-artifact'
  | 'commit-on-release-ref'
  | 'build-reproduces'
  | 'measurements-match'
  | 'measurements-from-image'
  | 'mirrors-agree'
  | 'provenance'
  | 'payload-lint'
  | 'text-matches-payload'
  | 'retire-list-in-use'
  | 'dashboard-agrees'
  | 'registry-as-verified';

export type Tier = 'authoritative' | 'corroborating' | 'advisory';
export type Phase = 'before-build' | 'after-build';
export type Outcome = 'verified' | 'mismatch' | 'inconclusive';

/** Why nothing could be concluded. In order: of several, the first is the verdict's reason. */
export const REASONS = [
  'untrusted-input',
  'malformed-payload',
  'not-an-election',
  'nothing-to-build',
  'source-withheld',
  'not-published',
  'unlisted',
  'unreachable',
  'host-unfit',
  'build-failed',
  'build-timeout',
  'not-deterministic',
  'not-built',
  'interrupted',
] as const;
export type Reason = (typeof REASONS)[number];

/** One side of a comparison. `value` null: not observed. */
export interface Side {
  readonly value: string | null;
  readonly source: string;
}

export interface Comparison {
  readonly label: string;
  readonly expected: Side;
  readonly actual: Side;
  /** True only if both sides were observed and are the same. */
  readonly equal: boolean;
}

/** Something worth telling that does not change the outcome. `id` is `<check-id>/<slug>`. */
export interface Finding {
  readonly id: string;
  readonly severity: 'info' | 'warning' | 'serious';
  readonly sentence: string;
}

/** What the verdict does not cover. `id` is `<check-id>/<slug>`. */
export interface Caveat {
  readonly id: string;
  readonly sentence: string;
}

/** A caveat as a check gives it. */
export interface JudgedCaveat extends Caveat {
  /** Too much to be read over: the verdict's headline names it as well. */
  readonly inHeadline?: true;
}

/** What a run is about. */
export type Subject =
  | { readonly mode: 'proposal'; readonly proposal: Proposal; readonly version: ElectedVersion | null }
  | { readonly mode: 'commit'; readonly commit: CommitId };

/** One component within the question: why it is in it, and whether the release has it at all. */
export interface ScopedComponent {
  readonly component: Component;
  /**
   * `elected` by the proposal; `asked` for by flag or setting; `whole`: a commit as a whole was asked for, with what it
   * has; `extra` otherwise (corroborating only).
   */
  readonly why: 'elected' | 'asked' | 'whole' | 'extra';
  /** The commit's tree does not build it and the CDN answered 404. Nothing can be compared, whoever asks for it. */
  readonly notInRelease: boolean;
}

/** The question, complete: everything that decides which cells there are. */
export interface Scope {
  readonly subject: Subject;
  /** null where the proposal elects nothing that can be looked at. */
  readonly commit: CommitId | null;
  readonly components: readonly ScopedComponent[];
  /** Not empty; the mirrors that were asked for. */
  readonly mirrors: readonly Mirror[];
  /** False with `--no-build`: build cells stay planned, and missing. */
  readonly build: boolean;
  /** Its build goes on, or is still to begin: what it gives is not missing yet. */
  readonly buildIsOutstanding?: boolean;
  readonly attestations: boolean;
  /** The release carries launch measurements; true when its tree is unknown. */
  readonly measurementsInRelease: boolean;
}

/** One cell of the question: a check applied to a component, or to the proposal as a whole (null). */
export interface Cell {
  readonly check: CheckId;
  readonly component: Component | null;
  readonly tier: Tier;
  readonly phase: Phase;
  readonly needs: readonly EvidenceKey[];
  /** The bytes of the component's image are one side of it: refs, lists and signatures alone verify no release. */
  readonly comparesBytes: boolean;
}

/** A check that does not apply, and why. */
export interface SkippedCell {
  readonly check: CheckId;
  readonly component: Component | null;
  readonly tier: Tier;
  readonly reason: string;
}

/** What a check says of one cell. The cell's identity is added by whoever asked. */
export interface Judgement {
  readonly outcome: Outcome;
  /** Set if and only if the outcome is inconclusive; null also for advice, where nothing was missing. */
  readonly reason: Reason | null;
  readonly sentence: string;
  readonly comparisons: readonly Comparison[];
  readonly findings: readonly Finding[];
  readonly caveats: readonly JudgedCaveat[];
  /** A mismatch that only the build on this machine shows: to be built again before it is final. */
  readonly localOnly: boolean;
  /** A local-only mismatch that a second, clean build gave again. */
  readonly confirmed: boolean;
}

/** One fact to verify. Pure and synchronous: it can neither fetch nor build nor read a clock. */
export interface Check {
  readonly id: CheckId;
  readonly title: string;
  readonly tier: Tier;
  readonly phase: Phase;
  /** Where the rule comes from. */
  readonly see: string;
  /** The cells that this scope asks for, and those that it leaves out with the reason. */
  readonly plan: (scope: Scope) => { readonly cells: readonly Cell[]; readonly skipped: readonly SkippedCell[] };
  readonly judge: (cell: Cell, scope: Scope, evidence: Evidence) => Judgement;
}

/** A cell with what was said of it. */
export type CheckResult =
  | (Judgement & Pick<Cell, 'check' | 'component' | 'tier'> & { readonly title: string })
  | (Pick<SkippedCell, 'check' | 'component' | 'tier'> & {
      readonly title: string;
      readonly outcome: 'skipped';
      readonly sentence: string;
    });
