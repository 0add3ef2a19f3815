import { throwOurs, WatchError } from '../../domain/errors.ts';
import type { Attestation } from '../../domain/evidence.ts';
import { loadPart } from '../../platform/load-part.ts';
import { certificateClaims, statementClaims } from './claims.ts';

/** Says of one bundle, as JSON, whether its signature, certificate and log entry hold, and what it claims. */
export type BundleVerifier = (bundle: unknown) => Attestation;

/**
 * A verifier that trusts what this root names. No policy is given to the library, which compares names as unanchored
 * regular expressions: the claims are handed on, and compared exactly by the check.
 * The libraries are loaded here, on first use: they cost some 40 MB.
 */
export async function createBundleVerifier(trustedRoot: unknown): Promise<BundleVerifier> {
  const [{ bundleFromJSON, isBundleWithDsseEnvelope }, { TrustedRoot }, sigstore] = await Promise.all([
    loadPart('@sigstore/bundle', () => import('@sigstore/bundle')),
    loadPart('@sigstore/protobuf-specs', () => import('@sigstore/protobuf-specs')),
    loadPart('@sigstore/verify', () => import('@sigstore/verify')),
  ]);
  const material = ((): ReturnType<typeof sigstore.toTrustMaterial> => {
    try {
      return sigstore.toTrustMaterial(TrustedRoot.fromJSON(trustedRoot));
    } catch (cause) {
      throw new WatchError('input', 'trusted-root-unusable', 'The trusted root on this machine is not a valid one.', {
        cause,
      });
    }
  })();
  const verifier = new sigstore.Verifier(material, { tlogThreshold: 1, ctlogThreshold: 1, timestampThreshold: 1 });
  return (json) => {
    try {
      const bundle = bundleFromJSON(json);
      if (!isBundleWithDsseEnvelope(bundle)) return { status: 'malformed', code: 'not-an-envelope' };
      const { payload, payloadType } = bundle.content.dsseEnvelope;
      const { identity } = verifier.verify(sigstore.toSignedEntity(bundle));
      if (!identity) return { status: 'untrusted', code: 'no-certificate' };
      const statement = statementClaims(payload);
      if (!statement) return { status: 'malformed', code: 'statement-unreadable' };
      return { status: 'signed', claims: { ...certificateClaims(identity), payloadType, ...statement } };
    } catch (thrown) {
      throwOurs(thrown);
      if (!(thrown instanceof sigstore.VerificationError)) return { status: 'malformed', code: 'bundle-unreadable' };
      return { status: 'untrusted', code: thrown.code.toLowerCase().replaceAll('_', '-') };
    }
  };
}
