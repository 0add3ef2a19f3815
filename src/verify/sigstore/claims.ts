import type { AttestationClaims } from '../../domain/evidence.ts';
import { parseJson } from '../measurements-file.ts';

/** Who signed, as the verifier of the certificate tells it. */
export interface SignerIdentity {
  readonly subjectAlternativeName?: string | undefined;
  readonly oids?: readonly {
    readonly oid?: { readonly id: readonly number[] } | undefined;
    readonly value: Uint8Array;
  }[];
}

/** @see https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md */
const FULCIO = '1.3.6.1.4.1.57264.1';
const OID = {
  issuer: `${FULCIO}.8`,
  runnerEnvironment: `${FULCIO}.11`,
  sourceRepository: `${FULCIO}.12`,
  sourceDigest: `${FULCIO}.13`,
  sourceRef: `${FULCIO}.14`,
  buildConfig: `${FULCIO}.18`,
} as const;

/** What the certificate says of the signer. A claim that is not there, or there twice, is empty: equal to nothing. */
export function certificateClaims(
  identity: SignerIdentity,
): Omit<AttestationClaims, 'payloadType' | 'predicateType' | 'subjects'> {
  const claim = (wanted: string): string => {
    const found = (identity.oids ?? []).filter(({ oid }) => oid?.id.join('.') === wanted);
    const [only] = found;
    return (found.length === 1 && only && utf8String(only.value)) || '';
  };
  return {
    signerWorkflow: identity.subjectAlternativeName ?? '',
    issuer: claim(OID.issuer),
    runnerEnvironment: claim(OID.runnerEnvironment),
    sourceRepository: claim(OID.sourceRepository),
    sourceDigest: claim(OID.sourceDigest),
    sourceRef: claim(OID.sourceRef),
    buildConfig: claim(OID.buildConfig),
  };
}

/**
 * What an in-toto statement is about; null when these bytes are none.
 * @see https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 */
export function statementClaims(payload: Uint8Array): Pick<AttestationClaims, 'predicateType' | 'subjects'> | null {
  const json = parseJson(payload) as { predicateType?: unknown; subject?: unknown } | null | undefined;
  if (typeof json !== 'object' || json === null) return null;
  const { predicateType, subject } = json;
  if (typeof predicateType !== 'string' || !Array.isArray(subject)) return null;
  return { predicateType, subjects: subject.flatMap(subjectOf) };
}

/** Names are optional, and other digests than sha256 are about things that we do not ask for. */
function subjectOf(value: unknown): { name: string; sha256: string }[] {
  const { name, digest } = (value ?? {}) as { name?: unknown; digest?: { sha256?: unknown } | null };
  const sha256 = digest?.sha256;
  return typeof sha256 === 'string' ? [{ name: typeof name === 'string' ? name : '', sha256 }] : [];
}

/** The text of a DER UTF8String; null when the bytes are anything else (X.690, 8.1.3 and 8.23). */
export function utf8String(der: Uint8Array): string | null {
  const [tag, first = 0] = der;
  if (tag !== 0x0c) return null;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthBytes > 2) return null;
  const start = 2 + lengthBytes;
  const length = lengthBytes === 0 ? first : der.subarray(2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  if (der.length !== start + length) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(der.subarray(start));
  } catch {
    return null;
  }
}
