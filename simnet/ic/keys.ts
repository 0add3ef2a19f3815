import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { concat, fromHex, sha256, utf8 } from './bytes.ts';
import { selfAuthenticating } from './principal.ts';

// Subject public key info of a BLS12-381 key in G2; the 96 bytes of the key follow.
// @see https://internetcomputer.org/docs/references/ic-interface-spec#certificate
const BLS_DER_PREFIX = fromHex('308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100');
// PKCS#8 of an Ed25519 key; the 32 bytes of the seed follow (RFC 8410).
const ED25519_PKCS8_PREFIX = fromHex('302e020100300506032b657004220420');

/** The key of a subnet: signs certificates with 48-byte signatures in G1 ("min-sig"). */
export interface SubnetKey {
  publicKeyDer: Uint8Array;
  /** Principal of the subnet. */
  id: Uint8Array;
  sign: (message: Uint8Array) => Uint8Array;
}

/** The key of one node: signs the answers of queries. */
export interface NodeKey {
  publicKeyDer: Uint8Array;
  id: Uint8Array;
  sign: (message: Uint8Array) => Uint8Array;
}

/** Keys are derived from a name, so that one simnet looks like the next. */
export function subnetKey(name: string): SubnetKey {
  const bls = bls12_381.shortSignatures;
  const seed = concat(sha256(utf8(name)), sha256(utf8(name), utf8('more')).slice(0, 16));
  const { secretKey, publicKey } = bls.keygen(seed);
  const publicKeyDer = concat(BLS_DER_PREFIX, publicKey.toBytes());
  return {
    publicKeyDer,
    id: selfAuthenticating(publicKeyDer),
    sign: (message) => bls.Signature.toBytes(bls.sign(bls.hash(message), secretKey)),
  };
}

export function nodeKey(name: string): NodeKey {
  const der = Buffer.from(concat(ED25519_PKCS8_PREFIX, sha256(utf8(name))));
  const key: KeyObject = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKeyDer = new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }));
  return {
    publicKeyDer,
    id: selfAuthenticating(publicKeyDer),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}
