import type { BuildBehaviour, BuiltRelease, Component, Layout, Reach, Release } from '../types.ts';

/** Oldest first. */
export const LAYOUTS: readonly Layout[] = ['2024-09', '2025-05', '2025-08', '2025-10', '2026-06'];

export function isSince(layout: Layout, first: Layout): boolean {
  return LAYOUTS.indexOf(layout) >= LAYOUTS.indexOf(first);
}

export function hasMeasurements(layout: Layout): boolean {
  return isSince(layout, '2025-08');
}

export function componentsOf(layout: Layout): Component[] {
  return isSince(layout, '2025-10') ? ['guestos', 'hostos', 'setupos', 'recovery'] : ['guestos', 'hostos', 'setupos'];
}

/** Uploads are attested since 2026-08-31 (dfinity/ic #11323). */
const FIRST_ATTESTED = seconds('2026-08-31');

export function isAttested(release: Release): boolean {
  const attestedPipelines: Reach[] = ['rc', 'hotfix', 'release-tag', 'master'];
  return (
    release.published !== false &&
    (release.committedAt ?? DEFAULT_COMMITTED_AT) >= FIRST_ATTESTED &&
    attestedPipelines.includes(release.reach)
  );
}

export const DEFAULT_COMMITTED_AT = seconds('2026-09-18');
export const NEWEST_RC = 'rc--2026-09-18_03-30';
const HOTFIX = 'hotfix-2026-09-18_03-30-state-sync';

/** A release and the branch it was committed to. */
export interface PlannedRelease extends Release {
  branch: string;
  /** The generation of build-ic.sh that runs bazel on a bare host (see facts about dfinity/ic #8413). */
  bareHost?: boolean;
}

const BEHAVIOURS: BuildBehaviour[] = [
  'fails',
  'exits-0-without-artifacts',
  'exits-1-with-artifacts',
  'hangs',
  'differs',
  'differs-once',
  'half-right',
  'random',
  'differs-in-measurements',
  'floods-log',
  'leaves-daemon',
  'symlinks-output',
  'hard-links-output',
  'fifo-output',
  'looks-for-secrets',
  'dirties-tree',
  'enters-no-container',
];

/** In the order in which they are committed. */
export const RELEASES: readonly PlannedRelease[] = [
  ...LAYOUTS.map((layout) => ofLayout(`layout-${layout}`, layout)),
  { ...ofLayout('layout-bare-host', '2025-10'), bareHost: true },
  newest({ name: 'before-attestations', committedAt: seconds('2026-08-01'), branch: 'rc--2026-07-30_03-30' }),
  newest({ name: 'in-use', committedAt: seconds('2026-09-10'), branch: 'rc--2026-09-10_03-30' }),
  newest({ name: 'on-master-early', reach: 'master', committedAt: seconds('2026-08-02'), branch: 'master' }),
  newest({ name: 'on-master', reach: 'master', branch: 'master' }),
  newest({ name: 'on-branch', reach: 'other-branch', branch: 'alice/faster-state-sync' }),
  newest({ name: 'good-tag', reach: 'release-tag', branch: 'rc--2026-09-11_03-30' }),
  newest({ name: 'not-published', published: false }),
  ...BEHAVIOURS.map((build) => newest({ name: build, build })),
  newest({ name: 'good' }),
  newest({ name: 'good-hotfix', reach: 'hotfix', branch: HOTFIX }),
  newest({ name: 'pull-only', reach: 'pull-only', branch: 'bob/pull-request' }),
  newest({ name: 'fork-only', reach: 'fork-only', branch: 'mallory/patch-1' }),
  newest({ name: 'absent', reach: 'absent', branch: '' }),
  newest({ name: 'timed', build: 'timed', branch: 'rc--2026-09-12_03-30' }),
];

export function releaseTag(release: PlannedRelease): string {
  return `${release.branch.replace('rc--', 'release-')}-base`;
}

/** The branch under which the pipeline ran that built and attested the release. */
export function pipelineBranch(release: BuiltRelease): string {
  return RELEASES.find((planned) => planned.name === release.name)?.branch ?? 'master';
}

function newest(differs: Partial<PlannedRelease> & { name: string }): PlannedRelease {
  return { layout: '2026-06', build: 'good', reach: 'rc', branch: NEWEST_RC, ...differs };
}

function ofLayout(name: string, layout: Layout): PlannedRelease {
  const day = `${layout}-20`;
  return { ...newest({ name, branch: `rc--${day}_03-30` }), layout, committedAt: seconds(day) };
}

function seconds(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 1000;
}
