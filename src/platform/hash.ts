import { createHash, type Hash } from 'node:crypto';
import type { Sha256 } from '../domain/ids.ts';

/** A SHA-256 that is fed piece by piece. */
export function sha256Stream(): Hash {
  return createHash('sha256');
}

/** The digest of a fed hash, as lower-case hex. */
export function digestOf(hash: Hash): Sha256 {
  return hash.digest('hex') as Sha256;
}

export function sha256(bytes: Uint8Array | string): Sha256 {
  return digestOf(sha256Stream().update(bytes));
}
