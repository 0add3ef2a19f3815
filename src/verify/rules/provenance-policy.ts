import type { Comparison } from '../../domain/check.ts';
import { componentFacts, SUMS_FILE, type Component } from '../../domain/component.ts';
import type { AttestationClaims } from '../../domain/evidence.ts';
import type { CommitId } from '../../domain/ids.ts';

/** @see https://docs.github.com/actions/security-for-github-actions (OpenID Connect issuer of GitHub Actions) */
const ISSUER = 'https://token.actions.githubusercontent.com';
const REPOSITORY = 'https://github.com/dfinity/ic';
/** @see https://github.com/in-toto/attestation/blob/main/spec/v1/envelope.md */
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
/** @see https://slsa.dev/spec/v1.0/provenance */
const PREDICATE_TYPE = 'https://slsa.dev/provenance/v1';
/** Uploads are attested since dfinity/ic#11323; releases of that day on have attestations. */
const ATTESTED_SINCE = Date.UTC(2026, 7, 31) / 1000;

/** Branches and tags that are named by the day on which they were cut. @see https://github.com/dfinity/dre (rc_name) */
const DATED_REF = /^refs\/(?:heads\/(?:rc--|hotfix-|release-)|tags\/release-)(\d{4}-\d\d-\d\d)[_-]/;

/**
 * Whether the release is older than attestations. The author of a commit writes its date, so that it needs another one,
 * of the refs that reach it or of the proposal, which says so too; the earliest of those, since a proposal may be late.
 */
export function isOlder(committedAt: number, refs: readonly string[], submittedAt: number | null): boolean {
  const days = refs.map((ref) => Date.parse(DATED_REF.exec(ref)?.[1] ?? '') / 1000).filter(Number.isFinite);
  const known = submittedAt === null ? days : [...days, submittedAt];
  const released = known.reduce((first, next) => Math.min(first, next), Number.POSITIVE_INFINITY);
  return Math.max(committedAt, released) < ATTESTED_SINCE;
}

/** A way from a branch to attested uploads. Every name counts together with the branch itself, `…@<ref>`. */
interface Pipeline {
  readonly accepts: (ref: string) => boolean;
  readonly branches: string;
  /** Workflow files that may have signed. */
  readonly signers: readonly string[];
  /** Workflow files that may have started the run. */
  readonly starters: readonly string[];
}

/**
 * Attesting moved from the top-level workflow into ci-main.yml, so that both generations may have signed.
 * @see https://github.com/dfinity/ic/pull/11569
 * @see https://github.com/dfinity/ic/pull/11326
 */
const RELEASE: Pipeline = {
  // As upstream's own consumers have it (ci/scripts/fetch-attested-sums.sh): rules for branches do not reach below a slash.
  accepts: (ref) => /^refs\/heads\/(?:rc--|hotfix-)[^/]+$/.test(ref),
  branches: 'refs/heads/rc--* or refs/heads/hotfix-*',
  signers: ['ci-main.yml', 'release-testing.yml'],
  starters: ['release-testing.yml'],
};
const MASTER: Pipeline = {
  accepts: (ref) => ref === 'refs/heads/master',
  branches: 'refs/heads/master',
  signers: ['ci-main.yml', 'ci-kickoff.yml'],
  starters: ['ci-kickoff.yml', 'ci-main.yml'],
};

/** What an attestation has to be about. */
export interface Attested {
  readonly commit: CommitId;
  readonly component: Component;
  /** Digest of the SHA256SUMS that was fetched now. */
  readonly sumsDigest: string;
  /** An election binds a release; a commit may also come from the master pipeline. */
  readonly mode: 'proposal' | 'commit';
}

/** Every pin, each compared exactly, all on this one entry. */
export function comparePins(claims: AttestationClaims, wanted: Attested, source: string): readonly Comparison[] {
  const pipelines = wanted.mode === 'proposal' ? [RELEASE] : [RELEASE, MASTER];
  const ref = claims.sourceRef;
  const pipeline = pipelines.find(({ accepts }) => accepts(ref));
  const { signers, starters } = pipeline ?? RELEASE;
  const pin = (label: string, accepted: readonly string[], actual: string): Comparison =>
    pinned(label, accepted.includes(actual), accepted.join(' or '), actual, source);
  const branches = pipelines.map((each) => each.branches).join(' or ');
  return [
    pin('issuer', [ISSUER], claims.issuer),
    pin('source repository', [REPOSITORY], claims.sourceRepository),
    pin('source commit', [wanted.commit], claims.sourceDigest),
    pinned('source branch', pipeline !== undefined, branches, ref, source),
    pin('signing workflow', workflows(signers, ref), claims.signerWorkflow),
    pin('starting workflow', workflows(starters, ref), claims.buildConfig),
    pin('payload type', [PAYLOAD_TYPE], claims.payloadType),
    pin('predicate type', [PREDICATE_TYPE], claims.predicateType),
    subjectPin(claims, wanted, source),
  ];
}

function workflows(files: readonly string[], ref: string): readonly string[] {
  return files.map((file) => `${REPOSITORY}/.github/workflows/${file}@${ref}`);
}

/** Name and digest must stand on one subject. */
function subjectPin(
  claims: AttestationClaims,
  { commit, component, sumsDigest }: Attested,
  source: string,
): Comparison {
  const name = `ic/${commit}/${componentFacts(component).cdnDirectory}/${SUMS_FILE}`;
  const named = claims.subjects.filter((subject) => subject.name === name);
  const subject = named.find(({ sha256 }) => sha256.toLowerCase() === sumsDigest) ?? named[0] ?? claims.subjects[0];
  const actual = subject ? `${subject.name} ${subject.sha256.toLowerCase()}` : 'no subject';
  const expected = `${name} ${sumsDigest}`;
  return pinned('subject', actual === expected, expected, actual, source);
}

function pinned(label: string, equal: boolean, expected: string, actual: string, source: string): Comparison {
  return {
    label,
    expected: { value: equal ? actual : expected, source: 'the rule for attestations' },
    actual: { value: actual, source },
    equal,
  };
}
