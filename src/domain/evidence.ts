import { bounded } from './bounded.ts';
import type { Component } from './component.ts';
import type { DashboardProposal } from './dashboard-proposal.ts';
import type { ErrorKind } from './errors.ts';
import type { CommitId, ProposalId, Sha256 } from './ids.ts';
import type { MeasuredImage } from './measured-image.ts';
import type { LaunchMeasurement, Proposal } from './proposal.ts';
import type { RegistryUse, RegistryVersion } from './registry.ts';

export type { RegistryPlace, RegistryUse, RegistryVersion } from './registry.ts';

/** Why something was not observed: `absent` is the other side's honest "there is no such thing" (404, 410). */
export type UnavailableKind = ErrorKind | 'absent';

/** The name of kept bytes (certificate, log, small file): their SHA-256 in the blob store. */
export type BlobName = Sha256;

export interface Observed<T> {
  readonly status: 'observed';
  readonly value: T;
  /** Where it was seen: a URL, `canister …`, `local build …`. */
  readonly source: string;
  /** UTC milliseconds. */
  readonly observedAt: number;
  /** The raw bytes, where they are kept. */
  readonly file?: BlobName;
}

export interface Unavailable {
  readonly status: 'unavailable';
  readonly kind: UnavailableKind;
  /** kebab-case, specific: `http-404`, `short-body`, `commit-not-found`, `build-timeout`. */
  readonly code: string;
  /** One sentence for people; may quote strangers' text, so it is escaped where it is shown. */
  readonly detail: string;
  readonly retryable: boolean;
  readonly source: string;
  readonly observedAt: number;
  readonly file?: BlobName;
}

/** What one look at the world gave: a value, or the reason why there is none. Never a verdict. */
export type Observation<T> = Observed<T> | Unavailable;

/** An observation that gave no value. Only trouble on the way is worth another try. */
export function unavailable(
  kind: UnavailableKind,
  code: string,
  detail: string,
  source: string,
  observedAt: number,
  retryable = kind === 'transport',
): Unavailable {
  return { status: 'unavailable', kind, code, detail: bounded(detail, 2000), retryable, source, observedAt };
}

/** Bytes that were hashed while they arrived, or a file that we opened ourselves. */
export interface FileHash {
  readonly sha256: Sha256;
  readonly bytes: number;
}

/** A SHA256SUMS file. Lines that are no sum are counted, never guessed at. */
export interface SumsFile {
  readonly sha256: Sha256;
  readonly entries: readonly { readonly name: string; readonly sha256: Sha256 }[];
  readonly otherLines: number;
}

/** launch-measurements.json; `entries` is null when its bytes cannot be read as measurements. */
export interface MeasurementsFile extends FileHash {
  readonly entries: readonly LaunchMeasurement[] | null;
}

/** Where a commit stands in the official repository. */
export interface CommitRefs {
  /** `off-refs`: the server has the object, but no branch or tag reaches it (a fork's, or a pull request's). */
  readonly presence: 'on-refs' | 'off-refs' | 'missing';
  /** Full names, `refs/heads/…` and `refs/tags/…`, sorted. Strangers' text. */
  readonly refs: readonly string[];
  /** Refs that lead to no commit, or to none that can be read: how many, and the first of their names. */
  readonly leftOut?: { readonly count: number; readonly names: readonly string[] };
}

/** What the commit's own tree says about how it is built. */
export interface TreeFacts {
  /** null: no layout that we know how to build. */
  readonly buildScript: string | null;
  /** Path of container-run.sh where the tree has one. */
  readonly containerRun: string | null;
  readonly hasRecovery: boolean;
  readonly hasMeasurements: boolean;
  /** Root file systems are built in virtual machines. Not in evidence that older versions of this program left. */
  readonly buildsInVm?: boolean;
  /** Committer time, UTC seconds. */
  readonly committedAt: number;
}

/** The claims of one attestation whose signature, certificate and log entry were verified. */
export interface AttestationClaims {
  readonly issuer: string;
  /** Subject alternative name: the workflow that signed, with its ref. */
  readonly signerWorkflow: string;
  /** Top-level workflow that started the build, with its ref. */
  readonly buildConfig: string;
  readonly sourceRepository: string;
  readonly sourceDigest: string;
  readonly sourceRef: string;
  readonly runnerEnvironment: string;
  readonly payloadType: string;
  readonly predicateType: string;
  readonly subjects: readonly { readonly name: string; readonly sha256: string }[];
}

export type Attestation =
  | { readonly status: 'signed'; readonly claims: AttestationClaims }
  | { readonly status: 'untrusted'; readonly code: string }
  | { readonly status: 'malformed'; readonly code: string };

/** All attestations that the API lists for the bytes of one SHA256SUMS. */
export interface AttestationReport {
  /** Digest that was asked for. */
  readonly digest: Sha256;
  readonly attestations: readonly Attestation[];
  /** Why entries or pages are not among them: out of reach, and so not known. */
  readonly unread?: readonly string[];
  /** The status with which GitHub refused our token; it was asked without. */
  readonly tokenRefused?: number;
  /** Why the trusted root, which may be too old, could not be refreshed before entries were called untrusted. */
  readonly rootNotRefreshed?: string;
}

/** One run of the commit's own build. Its outputs are evidence of their own. */
export interface BuildReport {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly seconds: number;
  readonly logBytes: number;
  readonly logTruncated: boolean;
  /** Processes or containers that the build left behind and that were ended. */
  readonly leftBehind: number;
  /** The checkout was not as the commit has it after the build. */
  readonly treeDirty: boolean;
  /** Why that could not be found out. */
  readonly treeNotCompared?: string;
  readonly builder: string;
}

/** Whether this machine can build at all. */
export interface HostFacts {
  readonly problems: readonly { readonly code: string; readonly sentence: string }[];
  readonly warnings: readonly { readonly code: string; readonly sentence: string }[];
  readonly description: string;
}

/** What each kind of evidence holds when it was observed. */
export interface EvidenceValues {
  proposal: Proposal;
  'commit-refs': CommitRefs;
  tree: TreeFacts;
  sums: SumsFile;
  image: FileHash;
  measurements: MeasurementsFile;
  measured: MeasuredImage;
  attestations: AttestationReport;
  host: HostFacts;
  build: BuildReport;
  'local-image': FileHash;
  'local-measurements': MeasurementsFile;
  registry: RegistryUse;
  'registry-version': RegistryVersion;
  dashboard: DashboardProposal;
}

export type EvidenceKind = keyof EvidenceValues;

/** What exactly was, or is to be, observed. `subject` contains all of it: two URLs are two subjects. */
export interface EvidenceKey<K extends EvidenceKind = EvidenceKind> {
  readonly kind: K;
  readonly subject: string;
}

export const evidenceKey = {
  proposal: (id: ProposalId): EvidenceKey<'proposal'> => ({ kind: 'proposal', subject: id }),
  commitRefs: (commit: CommitId): EvidenceKey<'commit-refs'> => ({ kind: 'commit-refs', subject: commit }),
  tree: (commit: CommitId): EvidenceKey<'tree'> => ({ kind: 'tree', subject: commit }),
  sums: (url: string): EvidenceKey<'sums'> => ({ kind: 'sums', subject: url }),
  image: (url: string): EvidenceKey<'image'> => ({ kind: 'image', subject: url }),
  measurements: (url: string): EvidenceKey<'measurements'> => ({ kind: 'measurements', subject: url }),
  /** What the bytes that this URL of a GuestOS image gave say of its launch measurements. */
  measured: (url: string): EvidenceKey<'measured'> => ({ kind: 'measured', subject: url }),
  /** Attestations of the bytes that this URL of a SHA256SUMS gave. */
  attestations: (sumsUrl: string): EvidenceKey<'attestations'> => ({ kind: 'attestations', subject: sumsUrl }),
  host: (): EvidenceKey<'host'> => ({ kind: 'host', subject: 'this' }),
  build: (commit: CommitId, attempt: number): EvidenceKey<'build'> => ({
    kind: 'build',
    subject: `${commit}#${attempt}`,
  }),
  localImage: (commit: CommitId, attempt: number, component: Component): EvidenceKey<'local-image'> => ({
    kind: 'local-image',
    subject: `${commit}#${attempt}/${component}`,
  }),
  localMeasurements: (commit: CommitId, attempt: number): EvidenceKey<'local-measurements'> => ({
    kind: 'local-measurements',
    subject: `${commit}#${attempt}`,
  }),
  registry: (): EvidenceKey<'registry'> => ({ kind: 'registry', subject: 'in-use' }),
  /** The record of an elected version, by its key. */
  registryVersion: (component: 'guestos' | 'hostos', commit: CommitId): EvidenceKey<'registry-version'> => ({
    kind: 'registry-version',
    subject: `${component === 'hostos' ? 'hostos' : 'replica'}_version_${commit}`,
  }),
  dashboard: (id: ProposalId): EvidenceKey<'dashboard'> => ({ kind: 'dashboard', subject: id }),
};

/** The key as one line of text, unique over kinds and subjects. */
export function keyText(key: EvidenceKey): string {
  return `${key.kind} ${key.subject}`;
}

/** The observations of one run, append-only: a second look at one thing is kept under the latest. */
export class Evidence {
  readonly #byKey = new Map<string, { key: EvidenceKey; observation: Observation<unknown> }>();

  add<K extends EvidenceKind>(key: EvidenceKey<K>, observation: Observation<EvidenceValues[K]>): void {
    this.#byKey.set(keyText(key), { key, observation });
  }

  /** undefined: never looked at, which is not the same as unavailable. */
  get<K extends EvidenceKind>(key: EvidenceKey<K>): Observation<EvidenceValues[K]> | undefined {
    return this.#byKey.get(keyText(key))?.observation as Observation<EvidenceValues[K]> | undefined;
  }

  /** As it is now, whatever is added later. */
  copy(): Evidence {
    const copy = new Evidence();
    for (const [name, row] of this.#byKey) copy.#byKey.set(name, row);
    return copy;
  }

  /** In the order in which they were first looked at. */
  all(): readonly { key: EvidenceKey; observation: Observation<unknown> }[] {
    return [...this.#byKey.values()];
  }
}
