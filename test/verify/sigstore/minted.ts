import { createSigstore, type Claims, type Sigstore } from '../../../simnet/artifacts/sigstore.ts';

const REPOSITORY = 'https://github.com/dfinity/ic';
const REF = 'refs/heads/rc--2026-09-18_03-30';
export const commit = '79faae8b354edbf45ae858f1c88bcd1eba4897a5';
export const subject = { name: `ic/${commit}/guest-os/update-img/SHA256SUMS`, sha256: 'ab'.repeat(32) };

/** Every claim another text, so that two that change places are noticed. */
export const CLAIMS = {
  issuer: 'https://token.actions.githubusercontent.com',
  signerWorkflow: `${REPOSITORY}/.github/workflows/ci-main.yml@${REF}`,
  buildConfig: `${REPOSITORY}/.github/workflows/release-testing.yml@${REF}`,
  sourceRepository: REPOSITORY,
  sourceDigest: commit,
  sourceRef: REF,
  runnerEnvironment: 'self-hosted',
  payloadType: 'application/vnd.in-toto+json',
  predicateType: 'https://slsa.dev/provenance/v1',
  subjects: [subject],
};

export const OIDS: Claims = {
  8: CLAIMS.issuer,
  9: CLAIMS.signerWorkflow,
  10: 'cd'.repeat(20),
  11: CLAIMS.runnerEnvironment,
  12: CLAIMS.sourceRepository,
  13: CLAIMS.sourceDigest,
  14: CLAIMS.sourceRef,
  16: 'https://github.com/dfinity',
  18: CLAIMS.buildConfig,
  20: 'push',
};

/** The parts of a bundle that tests tamper with. */
export interface MintedBundle {
  mediaType: string;
  verificationMaterial: {
    certificate: { rawBytes: string };
    tlogEntries: { integratedTime: string; canonicalizedBody: string; inclusionProof?: unknown }[];
  };
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string }[] };
}

export async function mint(sigstore: Sigstore, claims: Claims = OIDS): Promise<MintedBundle> {
  return (await sigstore.attest({ subjects: [subject], signer: CLAIMS.signerWorkflow, claims })) as MintedBundle;
}

export { createSigstore, type Sigstore };
