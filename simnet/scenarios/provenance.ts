import type { Component, Fault, Scenario } from '../types.ts';
import { mismatch, verified } from './expectations.ts';
import { guestos } from './guestos.ts';

type AttestationFault = Extract<Fault, { at: 'attestations' }>['fault'];

function attested(
  fault: AttestationFault,
  wrong: string,
  expect: Scenario['expect'],
  options: { component?: Component; times?: number } = {},
): Scenario {
  return guestos(`attestation-${fault}`, wrong, expect, { faults: [{ at: 'attestations', fault, ...options }] });
}

/** Valid attestations of exactly these bytes that say something else than the policy wants. */
const contradictions: Scenario[] = [
  attested('wrong-workflow', 'Another workflow signed the sums.', mismatch('provenance')),
  attested('wrong-pipeline', 'The workflow that signed was called by another pipeline.', mismatch('provenance')),
  attested('wrong-repository', 'The attestation is about another repository.', mismatch('provenance')),
  attested('wrong-subject', 'The attestation names the sums of another commit.', mismatch('provenance')),
  attested('wrong-digest', 'The attestation is about the source of another commit.', mismatch('provenance')),
  attested('wrong-ref', 'The attestation is about a branch that is not for releases.', mismatch('provenance')),
  attested('split-pins', 'Two attestations satisfy the policy only together.', mismatch('provenance')),
  guestos(
    'attestation-of-the-master-pipeline',
    'A commit of master, attested by the pipeline of master, is proposed.',
    mismatch('provenance'),
    { release: 'on-master' },
  ),
  guestos(
    'attestation-of-hostos-is-wrong',
    'GuestOS is elected and right; the sums of HostOS were signed by another workflow.',
    mismatch('provenance'),
    {
      command: ['verify', '-p', '{id}'],
      faults: [{ at: 'attestations', component: 'hostos', fault: 'wrong-workflow' }],
    },
  ),
];

const gaps: Scenario[] = [
  attested('absent', 'There is no attestation though there should be one.', verified()),
  attested('empty', 'The list of attestations is empty.', verified()),
  attested('down', 'The attestation service is down.', verified()),
  attested('rate-limited', 'The attestation service has had enough of us.', verified()),
  attested('other-root', 'The attestation is signed by another Sigstore.', verified()),
  attested('garbage', 'The bundles cannot be parsed.', verified()),
  guestos('attestation-older-than-attestations', 'The release is older than attestations.', verified(), {
    release: 'before-attestations',
  }),
];

const good: Scenario[] = [
  attested('one-of-three-good', 'The one good attestation of three is on the second page.', verified()),
  attested('bundle-url', 'The bundle is at an address instead of in the answer.', verified()),
  guestos('attestation-down-once', 'The first request for attestations answers 503.', verified(), {
    faults: [{ at: 'attestations', fault: 'down', times: 1 }],
  }),
];

const JUDGED = verified({ verifies: ['provenance'] });

/** Optional help of ours that is refused or lacks a part says nothing of the release. */
const ours: Scenario[] = [
  ...([401, 403, 404] as const).map((status) =>
    guestos(
      `github-token-gets-${status}`,
      `GitHub answers our token with ${status} and everybody else as ever.`,
      verified({ verifies: ['provenance'], findings: ['provenance/token-refused'] }),
      { env: { GITHUB_TOKEN: 'github_pat_that_ran_out' }, faults: [{ at: 'attestations', fault: `token-${status}` }] },
    ),
  ),
  guestos('attestation-bundle-url-ran-out', 'The first addresses of the bundle have run out.', JUDGED, {
    faults: [
      { at: 'attestations', fault: 'bundle-url-ran-out', times: 1 },
      { at: 'attestations', fault: 'bundle-url' },
    ],
  }),
  guestos('attestation-one-unreadable', 'The one good bundle stands among others that nobody can read.', JUDGED, {
    faults: [{ at: 'attestations', fault: 'one-unreadable' }],
  }),
  guestos(
    'installation-without-snappy',
    'The bundle is compressed, and the library for it is not installed as it should be.',
    verified({ caveats: ['provenance/unavailable'] }),
    { lacks: ['node_modules/@napi-rs'], faults: [{ at: 'attestations', fault: 'bundle-url' }] },
  ),
  guestos(
    'installation-without-sigstore',
    'The library that verifies attestations is not there.',
    verified({ caveats: ['provenance/unavailable'] }),
    { lacks: ['node_modules/@sigstore/verify'] },
  ),
];

/** What can be wrong with the attestations of the published sums. */
export const provenanceScenarios: Scenario[] = [...contradictions, ...gaps, ...good, ...ours];
