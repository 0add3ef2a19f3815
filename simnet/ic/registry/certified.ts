import { concat, leb128 } from '../bytes.ts';
import { rootHash, witness, type HashTree, type Path, type State } from '../hash-tree.ts';
import { bytes, message, number, text } from './protobuf.ts';
import type { Mutation } from './records.ts';
import type { RegistryStore } from './store.ts';

/**
 * The tree that the registry certifies: /current_version and /delta/<version>, the version as 8 bytes.
 * @see dfinity/ic rs/registry/canister/src/certification.rs
 */
function certifiedState(store: RegistryStore): State {
  const deltas: State = store.history.map((mutations, index) => [key(index + 1), atomicMutation(mutations)]);
  return [
    ['current_version', leb128(store.latestVersion)],
    ['delta', deltas],
  ];
}

export const certifiedData = (store: RegistryStore): Uint8Array => rootHash(witness(certifiedState(store), [[]]));

/** CertifiedResponse: hash_tree = 1, certificate = 2; with the changes after `version`, or without any. */
export function certifiedResponse(store: RegistryStore, version: bigint | null, certificate: Uint8Array): Uint8Array {
  const from = version ?? store.latestVersion;
  const versions = store.history.map((_, index) => index + 1).filter((candidate) => BigInt(candidate) > from);
  const shown: Path[] = [[Buffer.from('current_version')], ...versions.map((one) => [Buffer.from('delta'), key(one)])];
  return concat(message(1, mixedHashTree(witness(certifiedState(store), shown))), bytes(2, certificate));
}

function key(version: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(version));
  return bytes;
}

/** RegistryAtomicMutateRequest: mutations = 1 of mutation_type = 1 (DELETE = 2, UPSERT = 4), key = 2, value = 3. */
function atomicMutation(mutations: Mutation[]): Uint8Array {
  return concat(
    ...mutations.map(({ key, value }) =>
      value === null
        ? message(1, number(1, 2n), text(2, key))
        : message(1, number(1, 4n), text(2, key), bytes(3, value)),
    ),
  );
}

/** MixedHashTree: empty = 1, fork = 2 {left 1, right 2}, labeled = 3 {label 1, subtree 2}, leaf_data = 4, pruned_digest = 5. */
function mixedHashTree(tree: HashTree): Uint8Array {
  switch (tree.kind) {
    case 'empty':
      return message(1);
    case 'fork':
      return message(2, message(1, mixedHashTree(tree.left)), message(2, mixedHashTree(tree.right)));
    case 'labeled':
      return message(3, bytes(1, tree.label), message(2, mixedHashTree(tree.tree)));
    case 'leaf':
      return bytes(4, tree.value);
    case 'pruned':
      return bytes(5, tree.hash);
  }
}
