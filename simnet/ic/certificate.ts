import { compareBytes, concat, leb128, sha256, utf8 } from './bytes.ts';
import { encodeCbor, type Cbor } from './cbor.ts';
import { rootHash, separator, treeToCbor, type HashTree } from './hash-tree.ts';
import type { SubnetKey } from './keys.ts';

/** A certificate of the root subnet: no delegation, its key signs. `shown` differs from `tree` only in a lie. */
export function certificate(tree: HashTree, key: SubnetKey, shown: HashTree = tree): Uint8Array {
  const signature = key.sign(concat(separator('ic-state-root'), rootHash(tree)));
  return encodeCbor({ tree: treeToCbor(shown), signature });
}

/**
 * The hash of a map that does not depend on its encoding; of a request's content it is the request id.
 * @see https://internetcomputer.org/docs/references/ic-interface-spec#hash-of-map
 */
export function hashOfMap(map: Record<string, Cbor>): Uint8Array {
  const pairs = Object.entries(map).map(([key, value]) => concat(sha256(utf8(key)), hashOfValue(value)));
  return sha256(...pairs.sort(compareBytes));
}

function hashOfValue(value: Cbor): Uint8Array {
  if (typeof value === 'bigint') return sha256(leb128(value));
  if (typeof value === 'string') return sha256(utf8(value));
  if (value instanceof Uint8Array) return sha256(value);
  if (Array.isArray(value)) return sha256(...value.map(hashOfValue));
  if (value !== null && typeof value === 'object') return hashOfMap(value);
  throw new Error('a value that requests do not contain');
}
