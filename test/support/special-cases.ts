import {
  ABSENT,
  COMMIT,
  COMMIT_SUBJECT,
  election,
  key,
  MEASUREMENTS,
  missing,
  OTHER_COMMIT,
  retireOnly,
  seen,
  sumsOf,
  TREE,
  url,
} from './evidence.ts';
import { World } from './world.ts';
import { SPECIAL_BUILDS } from './special-builds.ts';
import { attested, both, code, KEYS, local, measured, oneEach, other, retired, signed, world } from './special-kit.ts';

/** Worlds in which something is odd that no single fact is: by the name of what is odd. */
export const SPECIAL: readonly (readonly [string, World])[] = [
  ...SPECIAL_BUILDS,
  [
    'a commit on master only',
    world([[key.commitRefs(COMMIT), seen({ presence: 'on-refs', refs: ['refs/heads/master'] })]]),
  ],
  [
    'a commit on many branches',
    world([
      [
        key.commitRefs(COMMIT),
        seen({ presence: 'on-refs', refs: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `refs/tags/release-${name}`) }),
      ],
    ]),
  ],
  [
    'a commit on pull requests only',
    world([[key.commitRefs(COMMIT), seen({ presence: 'on-refs', refs: ['refs/pull/1/head'] })]]),
  ],
  ['no attestation', world(attested())],
  [
    'no attestation of a commit older than attestations',
    world([
      ...attested(),
      [key.tree(COMMIT), seen({ ...TREE, committedAt: 1 })],
      [key.commitRefs(COMMIT), seen({ presence: 'on-refs', refs: ['refs/heads/rc--2026-08-20_03-30'] })],
    ]),
  ],
  ['an attestation that does not verify', world(attested({ status: 'untrusted', code: 'x' }))],
  ['an attestation that cannot be read', world(attested({ status: 'malformed', code: 'y' }))],
  [
    'one attestation of several that is right',
    world(attested({ status: 'untrusted', code: 'x' }, signed({ sourceDigest: OTHER_COMMIT }), signed({}))),
  ],
  ...(
    [
      'issuer',
      'signerWorkflow',
      'buildConfig',
      'sourceRepository',
      'sourceDigest',
      'payloadType',
      'predicateType',
    ] as const
  ).map((name) => [`an attestation with another ${name}`, world(attested(signed({ [name]: 'else' })))] as const),
  ...['refs/heads/master', 'refs/heads/hotfix-1', 'refs/heads/rc--1', 'refs/heads/x-rc--1', 'refs/tags/rc--1'].map(
    (ref) => [`an attestation from ${ref}`, world(attested(signed({ sourceRef: ref })))] as const,
  ),
  ['an attestation of another subject', world(attested(signed({ subjects: [{ name: 'else', sha256: 'AB' }] })))],
  ['an attestation without a subject', world(attested(signed({ subjects: [] })))],
  ['sums without the image', world(both('checksums', seen(sumsOf('guestos', { 'update-img.tar.zst': undefined }))))],
  [
    'sums without the measurements',
    world(both('checksums', seen(sumsOf('guestos', { 'launch-measurements.json': undefined })))),
  ],
  ['an empty list of measurements', world([], { subject: election({ launchMeasurements: [] }) })],
  [
    'one measurement less in the proposal',
    world([], { subject: election({ launchMeasurements: MEASUREMENTS.slice(1) }) }),
  ],
  [
    'odd URLs',
    world([], {
      subject: election({
        packageUrls: [
          url('guestos', 'image'),
          url('guestos', 'image'),
          'http://x.example/a',
          'https://127.0.0.1/',
          'nonsense',
          `https://other.example/ic/${COMMIT}/x`,
        ],
      }),
    }),
  ],
  [
    'odd versions to retire',
    world([], { subject: election({ retires: ['abc', COMMIT, OTHER_COMMIT, OTHER_COMMIT] }) }),
  ],
  [
    'odd measurements',
    world([], {
      subject: election({ launchMeasurements: [{ measurement: 'ab', kernelCmdline: null, vcpuType: null }] }),
    }),
  ],
  [
    'a title that names another commit',
    world([], {
      subject: election(
        {},
        {
          title: `Elect new (commit ${OTHER_COMMIT.slice(0, 8)}), and retire old versions 1234567`,
          summary: `Elect new IC [${OTHER_COMMIT}]`,
        },
      ),
    }),
  ],
  ['a version to retire that is in use', retired(OTHER_COMMIT)],
  ['a version to retire of which not everything is known', retired('ab'.repeat(20), ['subnets', 'hostos-nodes'])],
  ['a proposal that only retires', world([], { subject: retireOnly([OTHER_COMMIT]) })],
  [
    'a dashboard that shows something else',
    world([
      [
        key.dashboard('143816' as never),
        seen({
          proposalId: '143816',
          packageSha256: 'else',
          packageUrls: ['else'],
          version: OTHER_COMMIT,
          launchMeasurements: [],
        }),
      ],
    ]),
  ],
  ['nothing observed at all', new World().clear()],
  ...(['checksums', 'measurements', 'image'] as const).flatMap((role) => [
    [`no ${role} on either mirror`, world(both(role, ABSENT))] as const,
    [`${role} of neither mirror within reach`, world(both(role, missing()))] as const,
    [`${role} of one mirror absent, of the other out of reach`, oneEach(role)] as const,
  ]),
  [
    'attestations out of reach',
    world(KEYS.map((mirror) => [key.attestations(url('guestos', 'checksums', mirror)), missing()] as const)),
  ],
  [
    'measurements of the build alone',
    world([...both('measurements', missing())], { subject: election({ launchMeasurements: null }) }),
  ],
  [
    'a GuestOS without measurements, and a build that has others',
    world([measured(1, MEASUREMENTS.slice(1))], { subject: election({ launchMeasurements: null }) }),
  ],
  ['a commit whose build differs', world([[local(1), other]], { subject: COMMIT_SUBJECT })],
  [
    'a commit whose build differs twice',
    world(
      [
        [local(1), other],
        [local(2), other],
      ],
      { subject: COMMIT_SUBJECT },
    ),
  ],
  [
    'a commit of which the mirrors have nothing',
    world([...both('image', ABSENT), ...both('checksums', ABSENT)], { subject: COMMIT_SUBJECT }),
  ],
  [
    'a second build that fails',
    world([
      [local(1), other],
      [local(2), code('build-failed')],
    ]),
  ],
  ['a registry out of reach', world([[key.registry(), missing()]], { subject: election({ retires: [OTHER_COMMIT] }) })],
];
