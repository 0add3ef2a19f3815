import type { BuildBehaviour, Scenario } from '../types.ts';
import { inconclusive, mismatch, verified } from './expectations.ts';
import { guestos } from './guestos.ts';

const CONFIRM = { command: ['verify', '-p', '{id}', '--guestos', '--confirm'] };

const TAKEN_BACK = { findings: ['build-reproduces/not-deterministic'] };

/** Only the local build shows it, once: nobody should be sure yet. */
const unconfirmed = (check: string): Scenario['expect'] => ({ ...mismatch(check), confirmed: false });
const confirmed = (check: string): Scenario['expect'] => ({ ...mismatch(check), confirmed: true });

function build(
  behaviour: BuildBehaviour,
  wrong: string,
  expect: Scenario['expect'],
  differs: Partial<Scenario> = {},
  suffix = '',
): Scenario {
  return guestos(`build-${behaviour}${suffix}`, wrong, expect, { release: behaviour, ...differs });
}

const failures: Scenario[] = [
  build('fails', 'The build fails.', inconclusive('build-failed')),
  build(
    'exits-0-without-artifacts',
    'The build says that it succeeded and leaves no file.',
    inconclusive('build-failed'),
  ),
  build('exits-1-with-artifacts', 'The build leaves the right bytes and fails.', inconclusive('build-failed')),
  build('hangs', 'The build never ends and ignores TERM.', inconclusive('build-timeout'), {
    env: { BUILD_TIMEOUT: '5s' },
  }),
  build('symlinks-output', 'The image is a symbolic link to the right bytes.', inconclusive('build-failed')),
  build(
    'hard-links-output',
    'The image is a hard link to a file that others can change.',
    inconclusive('build-failed'),
  ),
  build('fifo-output', 'The image is a named pipe.', inconclusive('build-failed')),
];

const differences: Scenario[] = [
  build('differs', 'The source builds another image than was published.', unconfirmed('build-reproduces')),
  build(
    'differs',
    'The source builds another image than was published, twice the same.',
    confirmed('build-reproduces'),
    CONFIRM,
    '-confirmed',
  ),
  build('differs-once', 'The first build on this machine differs.', unconfirmed('build-reproduces')),
  build('differs-once', 'The first build differs, the second does not.', verified(TAKEN_BACK), CONFIRM, '-confirmed'),
  build(
    'half-right',
    'The first build has the published image, the second the published measurements, and none has both.',
    {
      ...inconclusive('not-deterministic'),
      findings: [...TAKEN_BACK.findings, 'measurements-match/not-deterministic'],
    },
    CONFIRM,
    '-confirmed',
  ),
  build('random', 'Every build gives other bytes; there was one.', unconfirmed('build-reproduces')),
  build(
    'random',
    'Every build gives other bytes; there were two.',
    inconclusive('not-deterministic'),
    CONFIRM,
    '-confirmed',
  ),
  build(
    'differs-in-measurements',
    'The source builds the right image with other measurements.',
    unconfirmed('measurements-match'),
  ),
  build(
    'differs-in-measurements',
    'The source builds the right image with other measurements, twice the same.',
    confirmed('measurements-match'),
    CONFIRM,
    '-confirmed',
  ),
];

const oddities: Scenario[] = [
  build('floods-log', 'The build writes 200 MB of log and the right bytes.', verified()),
  build('leaves-daemon', 'The build leaves a daemon and a container running, and the right bytes.', verified()),
  build('looks-for-secrets', 'The build searches the machine for secrets and makes the right bytes.', verified()),
  build('dirties-tree', 'The build changes a tracked file of its source and makes the right bytes.', verified()),
];

/** What the commit's own build can do. */
export const buildScenarios: Scenario[] = [...failures, ...differences, ...oddities];
