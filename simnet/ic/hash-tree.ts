import type { Cbor } from './cbor.ts';
import { compareBytes, concat, equalBytes, sha256, utf8 } from './bytes.ts';

/** @see https://internetcomputer.org/docs/references/ic-interface-spec#certificate */
export type HashTree =
  | { kind: 'empty' }
  | { kind: 'fork'; left: HashTree; right: HashTree }
  | { kind: 'labeled'; label: Uint8Array; tree: HashTree }
  | { kind: 'leaf'; value: Uint8Array }
  | { kind: 'pruned'; hash: Uint8Array };

/** State before it becomes a hash tree: a leaf, or labels with what lies below. */
export type State = Uint8Array | [label: Uint8Array | string, below: State][];

export type Path = Uint8Array[];

/**
 * The tree over `state` that shows what lies at and below `paths`. On the way every label stays visible, so that the
 * absence of a path can be seen, and all else is pruned.
 */
export function witness(state: State, paths: Path[]): HashTree {
  if (state instanceof Uint8Array) return { kind: 'leaf', value: state };
  const entries = state
    .map(([label, below]) => ({ label: typeof label === 'string' ? utf8(label) : label, below }))
    .sort((a, b) => compareBytes(a.label, b.label));
  const whole = paths.some((path) => path.length === 0);
  const children = entries.map(({ label, below }): HashTree => {
    const inner = whole ? [[]] : paths.filter((path) => equalBytes(path[0]!, label)).map((path) => path.slice(1));
    const tree = inner.length > 0 ? witness(below, inner) : pruned(below);
    return { kind: 'labeled', label, tree };
  });
  return balance(children);
}

function pruned(state: State): HashTree {
  return { kind: 'pruned', hash: rootHash(witness(state, [[]])) };
}

function balance(trees: HashTree[]): HashTree {
  if (trees.length === 0) return { kind: 'empty' };
  if (trees.length === 1) return trees[0]!;
  const middle = Math.ceil(trees.length / 2);
  return { kind: 'fork', left: balance(trees.slice(0, middle)), right: balance(trees.slice(middle)) };
}

export function rootHash(tree: HashTree): Uint8Array {
  switch (tree.kind) {
    case 'empty':
      return sha256(separator('ic-hashtree-empty'));
    case 'fork':
      return sha256(separator('ic-hashtree-fork'), rootHash(tree.left), rootHash(tree.right));
    case 'labeled':
      return sha256(separator('ic-hashtree-labeled'), tree.label, rootHash(tree.tree));
    case 'leaf':
      return sha256(separator('ic-hashtree-leaf'), tree.value);
    case 'pruned':
      return tree.hash;
  }
}

export function treeToCbor(tree: HashTree): Cbor {
  switch (tree.kind) {
    case 'empty':
      return [0n];
    case 'fork':
      return [1n, treeToCbor(tree.left), treeToCbor(tree.right)];
    case 'labeled':
      return [2n, tree.label, treeToCbor(tree.tree)];
    case 'leaf':
      return [3n, tree.value];
    case 'pruned':
      return [4n, tree.hash];
  }
}

/** The same tree with one leaf's bytes changed; the signature over the old root no longer fits. */
export function mapLeaves(tree: HashTree, change: (value: Uint8Array) => Uint8Array): HashTree {
  switch (tree.kind) {
    case 'fork':
      return { kind: 'fork', left: mapLeaves(tree.left, change), right: mapLeaves(tree.right, change) };
    case 'labeled':
      return { ...tree, tree: mapLeaves(tree.tree, change) };
    case 'leaf':
      return { kind: 'leaf', value: change(tree.value) };
    case 'empty':
    case 'pruned':
      return tree;
  }
}

/** Domain separator: its length in one byte, then the text. */
export function separator(text: string): Uint8Array {
  return concat(Uint8Array.of(text.length), utf8(text));
}
