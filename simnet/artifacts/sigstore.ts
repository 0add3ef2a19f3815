import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { initializeCA, initializeCTLog, initializeTLog } from '@sigstore/mock';

/** The claims of a Fulcio certificate about a GitHub workflow run, by the last number of their OID. */
export type Claims = Record<number, string>;

export interface Statement {
  subjects: { name: string; sha256: string }[];
  /** URL of the workflow file that signed, with its ref: the certificate's alternative name. */
  signer: string;
  claims: Claims;
}

/** A Sigstore of its own: certificate authority, certificate log, transparency log. No network. */
export interface Sigstore {
  /** A bundle v0.3 in its JSON form, with a DSSE envelope around an in-toto statement of SLSA provenance v1. */
  attest: (statement: Statement) => Promise<object>;
  trustedRoot: object;
}

/** @see https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md */
const FULCIO_OID = '1.3.6.1.4.1.57264.1';
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
export const PROVENANCE = 'https://slsa.dev/provenance/v1';

export async function createSigstore(): Promise<Sigstore> {
  // The authority certifies nothing from before its start.
  const start = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
  const ctLog = await initializeCTLog(generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  const ca = await initializeCA(generateKeyPairSync('ec', { namedCurve: 'P-384' }), ctLog);
  const log = await initializeTLog('https://rekor.sigstore.dev', generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  const attest = async ({ subjects, signer, claims }: Statement): Promise<object> => {
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const certificate = await ca.issueCertificate({
      publicKey: Buffer.from(key.publicKey.export({ format: 'der', type: 'spki' })),
      subjectAltName: signer,
      extensions: Object.entries(claims).map(([number, value]) => ({ oid: `${FULCIO_OID}.${number}`, value })),
    });
    const payload = Buffer.from(JSON.stringify(inTotoStatement(subjects, claims)));
    const signature = sign('sha256', preAuthentication(payload), key.privateKey);
    const entry = await logEntry(log, payload, signature, buffer(certificate));
    return bundle(buffer(certificate), payload, signature, entry);
  };
  return { attest, trustedRoot: trustedRoot(start, buffer(ca.rootCertificate), log.publicKey, ctLog.publicKey) };
}

function inTotoStatement(subjects: Statement['subjects'], claims: Claims): object {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subjects.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType: PROVENANCE,
    predicate: {
      buildDefinition: {
        buildType: 'https://actions.github.io/buildtypes/workflow/v1',
        externalParameters: { workflow: { repository: claims[12], ref: claims[14], path: claims[18] } },
        resolvedDependencies: [
          { uri: `git+${claims[12] ?? ''}@${claims[14] ?? ''}`, digest: { gitCommit: claims[13] } },
        ],
      },
      runDetails: { builder: { id: claims[9] }, metadata: { invocationId: claims[21] } },
    },
  };
}

/** @see https://github.com/secure-systems-lab/dsse/blob/master/protocol.md */
function preAuthentication(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload]);
}

/** The part of Rekor's answer that a bundle carries on. */
interface LoggedEntry {
  body: string;
  integratedTime: number;
  logIndex: number;
  verification: {
    signedEntryTimestamp: string;
    inclusionProof: { logIndex: number; rootHash: string; treeSize: number; hashes: string[]; checkpoint: string };
  };
}

type TransparencyLog = Awaited<ReturnType<typeof initializeTLog>>;

async function logEntry(
  log: TransparencyLog,
  payload: Buffer,
  signature: Buffer,
  certificate: Buffer,
): Promise<object> {
  const logged: unknown = await log.log({
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      payloadHash: { algorithm: 'sha256', value: sha256(payload).toString('hex') },
      signatures: [{ signature: signature.toString('base64'), verifier: certificate.toString('base64') }],
    },
  });
  const [entry] = Object.values(logged as Record<string, LoggedEntry>);
  if (!entry) throw new Error('the transparency log took no entry');
  const proof = entry.verification.inclusionProof;
  return {
    logIndex: String(entry.logIndex),
    logId: { keyId: sha256(log.publicKey).toString('base64') },
    kindVersion: { kind: 'dsse', version: '0.0.1' },
    integratedTime: String(entry.integratedTime),
    inclusionPromise: { signedEntryTimestamp: entry.verification.signedEntryTimestamp },
    inclusionProof: {
      logIndex: String(proof.logIndex),
      rootHash: Buffer.from(proof.rootHash, 'hex').toString('base64'),
      treeSize: String(proof.treeSize),
      hashes: proof.hashes.map((hash) => Buffer.from(hash, 'hex').toString('base64')),
      checkpoint: { envelope: proof.checkpoint },
    },
    canonicalizedBody: entry.body,
  };
}

function bundle(certificate: Buffer, payload: Buffer, signature: Buffer, entry: object): object {
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { certificate: { rawBytes: certificate.toString('base64') }, tlogEntries: [entry] },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: PAYLOAD_TYPE,
      signatures: [{ sig: signature.toString('base64') }],
    },
  };
}

function trustedRoot(start: string, root: Buffer, rekorKey: Buffer, ctKey: Buffer): object {
  const logOf = (baseUrl: string, key: Buffer): object => ({
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: key.toString('base64'), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor: { start } },
    logId: { keyId: sha256(key).toString('base64') },
  });
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [logOf('https://rekor.sigstore.dev', rekorKey)],
    certificateAuthorities: [
      {
        subject: { organization: 'sigstore.mock', commonName: 'sigstore' },
        uri: 'https://fulcio.sigstore.dev',
        certChain: { certificates: [{ rawBytes: root.toString('base64') }] },
        validFor: { start },
      },
    ],
    ctlogs: [logOf('https://ctfe.sigstore.dev/test', ctKey)],
    timestampAuthorities: [],
  };
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function buffer(view: ArrayBufferView<ArrayBuffer>): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}
