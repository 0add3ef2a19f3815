import { createHash } from 'node:crypto';
import { mirrorUrl, type Mirror } from '../../src/domain/artifact.ts';
import type { Subject } from '../../src/domain/check.ts';
import { COMPONENTS, componentFacts, type Component } from '../../src/domain/component.ts';
import {
  evidenceKey,
  unavailable,
  type AttestationClaims,
  type EvidenceKey,
  type EvidenceValues,
  type Observation,
  type Observed,
  type Unavailable,
  type UnavailableKind,
} from '../../src/domain/evidence.ts';
import { parseCommitId, parseProposalId, parseSha256, type CommitId, type Sha256 } from '../../src/domain/ids.ts';
import type { ElectedVersion, LaunchMeasurement, Proposal } from '../../src/domain/proposal.ts';
import type { Question } from '../../src/verify/plan.ts';
import { measuredFrom } from './measured-from.ts';

export const COMMIT = parseCommitId('79c01052b5f7f49d3cf53d04d696cb2893294cd3') as CommitId;
export const OTHER_COMMIT = parseCommitId('59c424925a0d8a7fb7bb3bd2f4e0b8e1b0cf3f11') as CommitId;
export const PROPOSAL_ID = parseProposalId('143816')!;
/** 2026-09-18, after attestations were introduced. */
export const COMMITTED_AT = 1_789_700_000;

export function sha(text: string): Sha256 {
  return parseSha256(createHash('sha256').update(text).digest('hex'))!;
}

/** The same digest with its last hexadecimal digit changed. */
export function flipped(digest: string): Sha256 {
  return parseSha256(digest.slice(0, -1) + (digest.endsWith('0') ? '1' : '0'))!;
}

export function seen<T>(value: T, source = 'somewhere'): Observed<T> {
  return { status: 'observed', value, source, observedAt: 0 };
}

export function missing(kind: UnavailableKind = 'transport', code = 'stalled', detail = 'It stalled.'): Unavailable {
  return unavailable(kind, code, detail, 'somewhere', 0);
}

export const ABSENT = missing('absent', 'http-404', 'There is none.');

export const MEASUREMENTS: readonly LaunchMeasurement[] = [
  { measurement: 'a1'.repeat(48), kernelCmdline: 'root=A dfinity.tee=1', vcpuType: 'EPYC-v4' },
  { measurement: 'b2'.repeat(48), kernelCmdline: 'root=B dfinity.tee=1', vcpuType: 'EPYC-v4' },
  { measurement: 'c3'.repeat(48), kernelCmdline: 'root=A dfinity.tee=1', vcpuType: 'EPYC-Turin' },
  { measurement: 'd4'.repeat(48), kernelCmdline: 'root=B dfinity.tee=1', vcpuType: 'EPYC-Turin' },
];

export const imageHash = (component: Component): Sha256 => sha(`image of ${component}`);
export const MEASUREMENTS_SHA = sha('measurements');
export const url = (
  component: Component,
  role: 'image' | 'checksums' | 'measurements',
  mirror: Mirror = 'systems',
): string => mirrorUrl(mirror, COMMIT, component, role);

export function version(overrides: Partial<ElectedVersion> = {}): ElectedVersion {
  const component = overrides.component ?? 'guestos';
  return {
    component,
    commit: COMMIT,
    packageSha256: imageHash(component),
    packageUrls: [url(component, 'image', 'systems'), url(component, 'image', 'network')],
    launchMeasurements: component === 'guestos' ? MEASUREMENTS : null,
    retires: [],
    ...overrides,
  };
}

export function proposal(overrides: Partial<Proposal> = {}): Proposal {
  return {
    id: PROPOSAL_ID,
    topic: 13,
    title: `Elect new IC/GuestOS revision (commit ${COMMIT.slice(0, 7)})`,
    summary: '',
    url: '',
    proposer: '80',
    status: 'open',
    rewardStatus: 'accept-votes',
    submittedAt: 1_789_800_000,
    deadlineAt: 1_790_145_600,
    decidedAt: null,
    executedAt: null,
    failedAt: null,
    failureReason: null,
    tally: null,
    action: { kind: 'elect-guestos', version: version() },
    ...overrides,
  };
}

/** A proposal that elects this version, as the subject of a run. */
export function election(elected: Partial<ElectedVersion> = {}, text: Partial<Proposal> = {}): Subject {
  const whole = version(elected);
  const kind = whole.component === 'hostos' ? 'elect-hostos' : 'elect-guestos';
  return { mode: 'proposal', proposal: proposal({ ...text, action: { kind, version: whole } }), version: whole };
}

export function retireOnly(retires: readonly string[], component: Component = 'guestos'): Subject {
  return {
    mode: 'proposal',
    proposal: proposal({ action: { kind: 'retire-only', component, retires } }),
    version: null,
  };
}

export const COMMIT_SUBJECT: Subject = { mode: 'commit', commit: COMMIT };

export function question(overrides: Partial<Question> = {}): Question {
  return {
    subject: election(),
    flags: [],
    mirrors: ['systems', 'network'],
    build: true,
    attestations: true,
    facts: { tree: null, absentOnCdn: [] },
    ...overrides,
  };
}

export const TREE: EvidenceValues['tree'] = {
  buildScript: 'ci/container/build-ic.sh',
  containerRun: 'ci/container/container-run.sh',
  hasRecovery: true,
  hasMeasurements: true,
  committedAt: COMMITTED_AT,
};

export const BUILD: EvidenceValues['build'] = {
  exitCode: 0,
  signal: null,
  seconds: 60,
  logBytes: 1000,
  logTruncated: false,
  leftBehind: 0,
  treeDirty: false,
  builder: 'here',
};

const componentOf = (subject: string): Component =>
  COMPONENTS.find(({ cdnDirectory }) => subject.includes(`/${cdnDirectory}/`))?.component ?? 'guestos';

export function sumsOf(component: Component, lines: Partial<Record<string, string>> = {}): EvidenceValues['sums'] {
  const facts = componentFacts(component);
  const known: Record<string, string | undefined> = {
    [facts.imageFile]: imageHash(component),
    ...(facts.hasMeasurements ? { 'launch-measurements.json': MEASUREMENTS_SHA } : {}),
    ...lines,
  };
  const entries = Object.entries(known).flatMap(([name, digest]) =>
    digest === undefined ? [] : [{ name, sha256: digest as Sha256 }],
  );
  return { sha256: sha(JSON.stringify([component, entries])), entries, otherLines: 0 };
}

export function claims(component: Component, overrides: Partial<AttestationClaims> = {}): AttestationClaims {
  const ref = overrides.sourceRef ?? 'refs/heads/rc--2026-09-18_03-30';
  const workflows = 'https://github.com/dfinity/ic/.github/workflows';
  return {
    issuer: 'https://token.actions.githubusercontent.com',
    signerWorkflow: `${workflows}/ci-main.yml@${ref}`,
    buildConfig: `${workflows}/release-testing.yml@${ref}`,
    sourceRepository: 'https://github.com/dfinity/ic',
    sourceDigest: COMMIT,
    sourceRef: ref,
    runnerEnvironment: 'self-hosted',
    payloadType: 'application/vnd.in-toto+json',
    predicateType: 'https://slsa.dev/provenance/v1',
    subjects: [
      {
        name: `ic/${COMMIT}/${componentFacts(component).cdnDirectory}/SHA256SUMS`,
        sha256: sumsOf(component).sha256,
      },
    ],
    ...overrides,
  };
}

/** What an honest world shows for a key of the good release. */
export function good(key: EvidenceKey): Observation<unknown> {
  const { kind, subject } = key;
  const at = <K extends keyof EvidenceValues>(_kind: K, value: EvidenceValues[K]): Observation<unknown> =>
    seen(value, `${kind} ${subject}`);
  switch (kind) {
    case 'commit-refs':
      return at(kind, { presence: 'on-refs', refs: ['refs/heads/rc--2026-09-18_03-30'] });
    case 'tree':
      return at(kind, TREE);
    case 'host':
      return at(kind, { problems: [], warnings: [], description: 'here' });
    case 'sums':
      return at(kind, sumsOf(componentOf(subject)));
    case 'image':
      return at(kind, { sha256: imageHash(componentOf(subject)), bytes: 1000 });
    case 'measurements':
    case 'local-measurements':
      return at(kind, { sha256: MEASUREMENTS_SHA, bytes: 100, entries: MEASUREMENTS });
    case 'measured':
      return at(kind, measuredFrom(MEASUREMENTS, { sha256: imageHash('guestos') }));
    case 'attestations': {
      const component = componentOf(subject);
      return at(kind, {
        digest: sumsOf(component).sha256,
        attestations: [{ status: 'signed', claims: claims(component) }],
      });
    }
    case 'build':
      return at(kind, BUILD);
    case 'local-image':
      return at(kind, { sha256: imageHash(subject.split('/')[1] as Component), bytes: 1000 });
    case 'registry':
      return at(kind, { inUse: [], notRead: [], registryVersion: '1' });
    case 'registry-version': {
      const { packageSha256, packageUrls } = version();
      return at(kind, { sha256: packageSha256, urls: packageUrls, launchMeasurements: MEASUREMENTS });
    }
    case 'dashboard': {
      const { packageSha256, packageUrls } = version();
      return at(kind, {
        proposalId: subject,
        packageSha256,
        packageUrls,
        version: COMMIT,
        launchMeasurements: MEASUREMENTS,
      });
    }
    case 'proposal':
      return at(kind, proposal());
  }
}

/** Everything that a second build gives, all of it as published. */
export function builtAgain(): readonly (readonly [EvidenceKey, Observation<unknown>])[] {
  const images = COMPONENTS.map(({ component }) => evidenceKey.localImage(COMMIT, 2, component));
  return [...images, evidenceKey.localMeasurements(COMMIT, 2)].map((each) => [each, good(each)] as const);
}

/** Ids of findings, or of caveats. */
export function ids(items: readonly { readonly id: string }[]): readonly string[] {
  return items.map(({ id }) => id);
}

export const key = evidenceKey;
