import { createHash } from 'node:crypto';
import type { BuiltRelease, Component, Fault } from '../types.ts';
import { PLACES, type Published } from './published.ts';
import { isAttested, pipelineBranch } from './releases.ts';
import type { Claims, Sigstore, Statement } from './sigstore.ts';

export type AttestationFault = Extract<Fault, { at: 'attestations' }>['fault'];

/** One entry of GitHub's list, before it is decided whether the bundle comes with it. */
export type Bundle = object | string;

/** The attestations of one SHA256SUMS as that view shows them, in the order of the list. */
export type Attestations = (
  release: BuiltRelease,
  component: Component,
  fault: AttestationFault | undefined,
) => Promise<Bundle[]>;

const GITHUB = 'https://github.com';
const REPOSITORY = `${GITHUB}/dfinity/ic`;

/** Mints on first use and keeps what it minted, so that a later view costs nothing. */
export function createAttestations(published: Published, sigstore: Sigstore, otherSigstore: Sigstore): Attestations {
  const minted = new Map<string, Promise<Bundle>>();
  const mint = (release: BuiltRelease, component: Component, variant: Variant): Promise<Bundle> => {
    const key = `${release.commit} ${component} ${variant}`;
    const issuer = variant === 'other-root' ? otherSigstore : sigstore;
    const bundle = minted.get(key) ?? issuer.attest(statement(published, release, component, variant));
    minted.set(key, bundle);
    return bundle;
  };
  return async (release, component, fault) => {
    if (!isAttested(release) || fault === 'absent' || fault === 'empty') return [];
    if (fault === 'garbage') return GARBAGE;
    if (fault === 'one-unreadable') return [...GARBAGE, await mint(release, component, 'good')];
    return await Promise.all(variantsOf(fault).map((variant) => mint(release, component, variant)));
  };
}

type Variant =
  | 'good'
  | 'wrong-workflow'
  | 'wrong-pipeline'
  | 'wrong-repository'
  | 'wrong-subject'
  | 'wrong-digest'
  | 'wrong-ref'
  | 'other-root';

const GARBAGE: Bundle[] = [
  { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', verificationMaterial: 'none' },
  { mediaType: 'text/plain' },
  'not even an object',
];

function variantsOf(fault: Exclude<AttestationFault, 'garbage' | 'one-unreadable'> | undefined): Variant[] {
  switch (fault) {
    case 'wrong-workflow':
    case 'wrong-pipeline':
    case 'wrong-repository':
    case 'wrong-subject':
    case 'wrong-digest':
    case 'wrong-ref':
    case 'other-root':
      return [fault];
    case 'split-pins':
      return ['wrong-workflow', 'wrong-digest'];
    case 'one-of-three-good':
      return ['wrong-workflow', 'wrong-digest', 'good'];
    default:
      return ['good'];
  }
}

function statement(published: Published, release: BuiltRelease, component: Component, variant: Variant): Statement {
  const sha256 = createHash('sha256').update(published.sums(release, component)).digest('hex');
  const other = createHash('sha1').update(`other ${release.commit}`).digest('hex');
  const ref = variant === 'wrong-ref' ? 'refs/heads/mallory/patch-1' : `refs/heads/${pipelineBranch(release)}`;
  const repository = variant === 'wrong-repository' ? `${GITHUB}/mallory/ic` : REPOSITORY;
  const topLevel = release.reach === 'master' ? 'ci-kickoff' : 'release-testing';
  const workflow = (name: string): string => `${REPOSITORY}/.github/workflows/${name}.yml@${ref}`;
  const signer = workflow(variant === 'wrong-workflow' ? 'container-autobuild' : 'ci-main');
  const pipeline = workflow(variant === 'wrong-pipeline' ? 'schedule-daily' : topLevel);
  const commit = variant === 'wrong-digest' ? other : release.commit;
  const subject = variant === 'wrong-subject' ? other : release.commit;
  return {
    subjects: [{ name: `ic/${subject}/${PLACES[component].directory}/SHA256SUMS`, sha256 }],
    signer,
    claims: claims({ signer, pipeline, repository, commit, ref }),
  };
}

interface Run {
  signer: string;
  pipeline: string;
  repository: string;
  commit: string;
  ref: string;
}

function claims({ signer, pipeline, repository, commit, ref }: Run): Claims {
  return {
    8: 'https://token.actions.githubusercontent.com',
    9: signer,
    10: commit,
    11: 'self-hosted',
    12: repository,
    13: commit,
    14: ref,
    15: '374094204',
    16: repository.slice(0, repository.lastIndexOf('/')),
    17: '25256480',
    18: pipeline,
    19: commit,
    20: 'push',
    21: `${repository}/actions/runs/17911111111/attempts/1`,
    22: 'public',
  };
}
