import type { Scenario } from '../types.ts';
import { inconclusive, mismatch, verified } from './expectations.ts';
import { guestos } from './guestos.ts';

const SUMS = 'guest-os/update-img/SHA256SUMS';
const IMAGE = 'guest-os/update-img/update-img.tar.zst';
const ALL_FLAGS = ['--guestos', '--hostos', '--setupos', '--recovery'];

/** No verdict is given; only the exit code tells. */
const noVerdict = (exit: number): Scenario['expect'] => ({ outcome: null, reason: null, exit });

/** Commit mode: nothing is proposed. */
function commitMode(
  name: string,
  wrong: string,
  expect: Scenario['expect'],
  differs: Partial<Scenario> & { flags?: string[] } = {},
): Scenario {
  const { flags = ['--guestos'], ...rest } = differs;
  return guestos(name, wrong, expect, {
    release: 'good',
    elects: 'none',
    command: ['verify', '-c', '{commit}', ...flags],
    ...rest,
  });
}

function proposal(name: string, wrong: string, expect: Scenario['expect'], ...flags: string[]): Scenario {
  return guestos(name, wrong, expect, { release: 'good', command: ['verify', '-p', '{id}', ...flags] });
}

const correct: Scenario[] = [
  proposal('correct-guestos', 'A GuestOS is elected that is what its source says.', verified()),
  guestos('correct-hostos', 'A HostOS is elected that is what its source says.', verified(), {
    release: 'good',
    elects: 'hostos',
    command: ['verify', '-p', '{id}'],
  }),
  proposal('all-components-by-flag', 'All four components are asked for by flags.', verified(), ...ALL_FLAGS),
  proposal('hostos-of-a-guestos-election', 'GuestOS is elected, HostOS is asked for.', verified(), '--hostos'),
];

const commits: Scenario[] = [
  commitMode('commit-mode', 'A commit of a release branch, without any proposal.', verified()),
  commitMode('commit-mode-all-components', 'All components of a commit.', verified(), { flags: [] }),
  commitMode('commit-mode-master', 'A commit of master, attested by the pipeline of master.', verified(), {
    release: 'on-master',
  }),
  commitMode('commit-mode-unknown-commit', 'A commit that no server knows.', inconclusive('source-withheld'), {
    release: 'absent',
  }),
  commitMode('commit-mode-fork', 'A commit that only a fork holds.', mismatch('commit-on-release-ref'), {
    release: 'fork-only',
  }),
  commitMode('commit-mode-build-differs', 'A commit that builds other bytes.', mismatch('build-reproduces'), {
    release: 'differs',
  }),
  commitMode('one-download-source', 'Only one mirror is asked, and the other lists other bytes.', verified(), {
    flags: ['--guestos', '--download-source', 'systems'],
    faults: [{ at: 'cdn', file: SUMS, hosts: ['download.dfinity.network'], fault: 'flip-byte' }],
  }),
  commitMode('other-download-source', 'Only the other mirror is asked, and it is right.', verified(), {
    flags: ['--guestos', '--download-source', 'network'],
    faults: [{ at: 'cdn', file: IMAGE, hosts: ['download.dfinity.systems'], fault: 'not-found' }],
  }),
];

const OLDER = { release: 'layout-2025-05' };

/** A release of before 2025-10 has no recovery image: refs and lists alone say nothing of one. */
const notInRelease: Scenario[] = [
  commitMode(
    'recovery-of-an-older-commit',
    'An image is asked for that the release lacks.',
    inconclusive('not-published'),
    {
      ...OLDER,
      flags: ['--recovery'],
    },
  ),
  commitMode(
    'recovery-by-setting',
    'A setting asks for an image that the release lacks.',
    inconclusive('not-published'),
    {
      ...OLDER,
      flags: ['--no-build'],
      env: { COMPONENTS: 'recovery' },
    },
  ),
  guestos(
    'recovery-beside-what-is-elected',
    'An older GuestOS is elected, a recovery image is asked for.',
    inconclusive('not-published'),
    {
      ...OLDER,
      command: ['verify', '-p', '{id}', '--recovery', '--no-build'],
    },
  ),
  commitMode(
    'dry-run-of-what-an-older-commit-lacks',
    'Only an image that the source does not build is to be built.',
    noVerdict(11),
    {
      ...OLDER,
      flags: ['--recovery', '--dry-run'],
    },
  ),
];

const flags: Scenario[] = [
  proposal('dry-run', 'Only a build is asked for; nothing is compared.', noVerdict(0), '--guestos', '--dry-run'),
  guestos('dry-run-of-a-failing-build', 'Only a build is asked for, and it fails.', noVerdict(11), {
    release: 'fails',
    command: ['verify', '-p', '{id}', '--guestos', '--dry-run'],
  }),
  guestos('dry-run-without-artifacts', 'Only a build is asked for; it ends with 0 and leaves no file.', noVerdict(11), {
    release: 'exits-0-without-artifacts',
    command: ['verify', '-p', '{id}', '--guestos', '--dry-run'],
  }),
  guestos('dry-run-of-an-older-layout', 'All is to be built of a commit that knows no recovery image.', noVerdict(0), {
    release: 'layout-2025-05',
    command: ['verify', '-p', '{id}', '--dry-run'],
  }),
  proposal('plan', 'Only the plan is asked for.', noVerdict(0), '--plan'),
  proposal('no-build', 'The build is declined.', inconclusive('not-built'), '--guestos', '--no-build'),
  guestos('no-build-with-a-changed-byte', 'The build is declined, and the images differ.', mismatch('package-hash'), {
    command: ['verify', '-p', '{id}', '--guestos', '--no-build'],
    faults: [{ at: 'cdn', file: IMAGE, fault: 'flip-byte' }],
  }),
  guestos('clean', 'The cache of earlier runs is not to be used.', verified(), {
    command: ['verify', '-p', '{id}', '--guestos', '--clean'],
  }),
  guestos('skip-attestation-check', 'Attestations are not to be looked at, and they are wrong.', verified(), {
    command: ['verify', '-p', '{id}', '--guestos', '--skip-attestation-check'],
    faults: [{ at: 'attestations', fault: 'wrong-workflow' }],
  }),
  guestos('confirm-of-a-good-build', 'A second build is offered, and none is needed.', verified(), {
    command: ['verify', '-p', '{id}', '--guestos', '--confirm'],
  }),
  guestos('debug', 'Temporary files are to be kept.', verified(), {
    command: ['verify', '-p', '{id}', '--guestos', '--debug'],
  }),
];

/** People heard the first run's alarm, so the second says that it does not find it. */
const BEFORE = verified({ findings: ['package-hash/taken-back'] });
const FIRST = { before: ['verify', '-p', '{id}', '--guestos', '--no-build'] };

const cached: Scenario[] = [
  guestos('second-run', 'A second run finds what the first downloaded, and fetches it again.', verified(), FIRST),
  guestos(
    'second-run-after-the-images-changed',
    'Since the first run both mirrors serve other bytes under the old entity tag and length.',
    mismatch('package-hash'),
    { ...FIRST, faults: [{ at: 'cdn', file: IMAGE, fault: 'same-tag', after: 2 }] },
  ),
  guestos('second-run-after-a-bad-transfer', 'The first run got and kept an image with a byte changed.', BEFORE, {
    ...FIRST,
    // Twice a mirror, because a difference is fetched again before it is told.
    faults: [{ at: 'cdn', file: IMAGE, fault: 'flip-byte', times: 4 }],
  }),
];

const usage: Scenario[] = [
  commitMode('commit-argument-climbs', 'The commit is a path.', noVerdict(2), {
    command: ['verify', '-c', '../../etc'],
  }),
  commitMode('commit-argument-is-an-option', 'The commit is an option of git.', noVerdict(2), {
    command: ['verify', '-c', '--upload-pack=id'],
  }),
  commitMode('proposal-argument-is-a-word', 'The proposal is a word.', noVerdict(2), {
    command: ['verify', '-p', 'newest'],
  }),
  commitMode('clean-with-a-cache', 'A cache is named and to be ignored.', noVerdict(2), {
    flags: ['--clean', '--cache-dir', '/tmp/nns-watch-cache'],
  }),
  commitMode('unknown-download-source', 'No mirror has that name.', noVerdict(2), {
    flags: ['--download-source', 'elsewhere'],
  }),
];

/** What the command line itself decides. */
export const cliScenarios: Scenario[] = [...correct, ...commits, ...notInRelease, ...flags, ...cached, ...usage];
