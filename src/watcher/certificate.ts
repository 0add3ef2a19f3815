import { Certificate, IC_ROOT_KEY, lookupResultToBuffer, requestIdOf, type UpdateResult } from '@icp-sdk/core/agent';
import { lebDecode, PipeArrayBuffer } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { throwOurs, WatchError } from '../domain/errors.ts';

/** What a kept certificate proves, once it has been checked. */
export interface CertifiedReply {
  readonly reply: Uint8Array;
  /** When the Internet Computer signed it, UTC milliseconds. */
  readonly time: number;
  readonly canisterId: string;
  readonly method: string;
  readonly arg: Uint8Array;
}

const SCHEMA = 'nns-watch/certified-reply@1';
const FIELDS = ['certificate', 'reply', 'canister', 'method', 'arg', 'nonce', 'ingressExpiry', 'sender'] as const;
/** JSON with the bytes in base64, so that other tools can check it too. */
type StoredReading = { readonly schema: typeof SCHEMA } & Readonly<Record<(typeof FIELDS)[number], string>>;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const fromBase64 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));

/** The root key in DER; mainnet's where none is given. */
export function rootKeyOf(rootKey: Uint8Array | undefined): Uint8Array {
  return rootKey ?? Uint8Array.from(Buffer.from(IC_ROOT_KEY, 'hex'));
}

/** Everything that it takes to check a reply again offline: certificate, reply, and the request that it answers. */
export function keepCertificate({ rawCertificate, reply, requestDetails }: UpdateResult): Uint8Array {
  if (!requestDetails?.nonce) throw new WatchError('bug', 'request-not-kept', 'the agent did not tell what it asked');
  const { canister_id, method_name, arg, nonce, ingress_expiry, sender } = requestDetails;
  const kept: StoredReading = {
    schema: SCHEMA,
    canister: canister_id.toText(),
    method: method_name,
    arg: base64(arg),
    nonce: base64(nonce),
    ingressExpiry: ingress_expiry.toString(),
    sender: Principal.from(sender).toText(),
    reply: base64(reply),
    certificate: base64(rawCertificate),
  };
  return Buffer.from(`${JSON.stringify(kept, null, 1)}\n`);
}

/**
 * Checks a kept certificate from the root key down: signature, delegation, that the request which is asked for is the
 * one that was answered, and the reply. Says nothing about how old it is. Throws WatchError `untrusted` or `malformed`.
 * @see https://internetcomputer.org/docs/references/ic-interface-spec#certification
 */
export async function recheckCertificate(bytes: Uint8Array, rootKey: Uint8Array | undefined): Promise<CertifiedReply> {
  const kept = parseStored(bytes);
  const request = requestOf(kept);
  const certificate = await verifyCertificate(fromBase64(kept.certificate), request.canister_id, rootKeyOf(rootKey));
  const path = ['request_status', requestIdOf(request)];
  const read = (...labels: (string | Uint8Array)[]): Uint8Array | undefined =>
    lookupResultToBuffer(certificate.lookup_path(labels));
  const [status, reply, time] = [read(...path, 'status'), read(...path, 'reply'), read('time')];
  if (!status || Buffer.from(status).toString() !== 'replied' || !reply || !time) {
    throw new WatchError(
      'untrusted',
      'certificate-of-another-request',
      'the certificate holds no reply to the request',
    );
  }
  if (Buffer.compare(reply, fromBase64(kept.reply)) !== 0) {
    throw new WatchError('untrusted', 'certificate-of-another-reply', 'the certificate holds another reply');
  }
  const milliseconds = Number(lebDecode(new PipeArrayBuffer(Uint8Array.from(time))) / 1_000_000n);
  return { reply, time: milliseconds, canisterId: kept.canister, method: kept.method, arg: request.arg };
}

function parseStored(bytes: Uint8Array): StoredReading {
  try {
    const value = JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
    if (value['schema'] === SCHEMA && FIELDS.every((name) => typeof value[name] === 'string'))
      return value as StoredReading;
  } catch {
    // Said below, like any other form that is not ours.
  }
  throw new WatchError('malformed', 'not-a-kept-certificate', 'these bytes are no kept certificate');
}

function requestOf(kept: StoredReading) {
  try {
    return {
      request_type: 'call',
      canister_id: Principal.fromText(kept.canister),
      method_name: kept.method,
      arg: fromBase64(kept.arg),
      nonce: fromBase64(kept.nonce),
      ingress_expiry: BigInt(kept.ingressExpiry),
      sender: Principal.fromText(kept.sender),
    };
  } catch (cause) {
    throwOurs(cause);
    throw new WatchError('malformed', 'kept-request-unreadable', 'the kept request cannot be read', { cause });
  }
}

/**
 * A certificate whose signature and delegation hold from the root key (DER) down, for this canister. Says nothing about
 * how old it is. Throws WatchError `untrusted`.
 * @see https://internetcomputer.org/docs/references/ic-interface-spec#certification-delegation
 */
export async function verifyCertificate(
  certificate: Uint8Array,
  canisterId: Principal,
  rootKey: Uint8Array,
): Promise<Certificate> {
  try {
    return await Certificate.create({ certificate, rootKey, principal: { canisterId }, disableTimeVerification: true });
  } catch (cause) {
    throwOurs(cause);
    throw new WatchError('untrusted', 'certificate-untrusted', 'the certificate does not hold', { cause });
  }
}
