import type { Fault, Layout, Scenario } from '../types.ts';
import { inconclusive, mismatch, verified } from './expectations.ts';
import { guestos } from './guestos.ts';

type GitFault = Extract<Fault, { at: 'git' }>['fault'];

const git = (fault: GitFault, times?: number): { faults: Fault[] } => ({
  faults: [{ at: 'git', fault, ...(times === undefined ? {} : { times }) }],
});

/** Listed and then fetched by two requests each: between the two the names change. */
const ODD_REFS: { faults: Fault[] } = {
  faults: [
    { at: 'git', fault: 'odd-refs', times: 2 },
    { at: 'git', fault: 'odd-refs-turned' },
  ],
};

const reach: Scenario[] = [
  guestos(
    'commit-of-a-fork',
    'Only a fork holds the commit, though the server gives it by its id.',
    mismatch('commit-on-release-ref'),
    { release: 'fork-only' },
  ),
  guestos('commit-of-a-pull-request', 'Only a pull request holds the commit.', mismatch('commit-on-release-ref'), {
    release: 'pull-only',
  }),
  guestos('security-patch', 'A security patch whose source is published later.', inconclusive('source-withheld'), {
    release: 'absent',
    title: 'Security patch update',
  }),
  // Before the first attestations, so that nothing but the branch is unusual.
  guestos('commit-of-master', 'The commit is on master and on no release branch.', verified(), {
    release: 'on-master-early',
  }),
  guestos('commit-of-another-branch', 'The commit is on a branch that is not for releases.', verified(), {
    release: 'on-branch',
  }),
  guestos('commit-of-a-hotfix', 'The commit is on a hotfix branch.', verified(), { release: 'good-hotfix' }),
  guestos('commit-of-a-release-tag', 'Only a release tag holds the commit.', verified(), { release: 'good-tag' }),
];

const outages: Scenario[] = [
  guestos('git-down', 'The git server resets connections.', inconclusive('unreachable'), git('down')),
  guestos('git-fails', 'The git server answers 500.', inconclusive('unreachable'), git('http-500')),
  guestos('git-fails-once', 'The first request to the git server answers 500.', verified(), git('http-500', 1)),
  guestos(
    'git-odd-refs',
    'Tags name trees, blobs and tags, branches name nothing, and a branch becomes a folder meanwhile.',
    verified({ findings: ['commit-on-release-ref/refs-left-out'], verifies: ['commit-on-release-ref'] }),
    ODD_REFS,
  ),
  guestos('git-odd-refs-and-a-fork', 'Among odd refs none has the commit.', mismatch('commit-on-release-ref'), {
    ...ODD_REFS,
    release: 'fork-only',
  }),
  guestos('git-stalls', 'The git server never answers.', inconclusive('unreachable'), {
    ...git('stall'),
    env: { STALL_TIMEOUT: '1s' },
  }),
];

const LAYOUTS: Layout[] = ['2024-09', '2025-05', '2025-08', '2025-10', '2026-06'];

const layouts: Scenario[] = [
  ...LAYOUTS.map((layout) =>
    guestos(`layout-${layout}`, `All components of a commit with the layout of ${layout}.`, verified(), {
      release: `layout-${layout}`,
      command: ['verify', '-p', '{id}'],
    }),
  ),
  guestos(
    'layout-bare-host',
    'The build script of the commit would run bazel on the bare host instead of in its container.',
    verified(),
    { release: 'layout-bare-host' },
  ),
  guestos('layout-2025-05-hostos', 'A HostOS of a layout without measurements and recovery image.', verified(), {
    release: 'layout-2025-05',
    elects: 'hostos',
    command: ['verify', '-p', '{id}', '--hostos'],
  }),
];

/** What can be unusual about where the source comes from. */
export const sourceScenarios: Scenario[] = [...reach, ...outages, ...layouts];
