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

interface Entry {
  label: Uint8Array;
  below: State;
}

/**
 * The tree over `state` that shows what lies at and below `paths`; all else is pruned. Of a label that is not there the
 * neighbours stay visible, so that its absence can be seen.
 */
export function witness(state: State, paths: Path[]): HashTree {
  if (state instanceof Uint8Array) return { kind: 'leaf', value: state };
  const entries = state
    .map(([label, below]): Entry => ({ label: typeof label === 'string' ? utf8(label) : label, below }))
    .sort((a, b) => compareBytes(a.label, b.label));
  const whole = paths.some((path) => path.length === 0);
  const neighbours = paths.filter((path) => path.length > 0).flatMap((path) => neighboursOf(path[0]!, entries));
  const children = entries.map((entry): HashTree => {
    const inner = whole ? [[]] : paths.filter((path) => equalBytes(path[0]!, entry.label)).map((path) => path.slice(1));
    if (inner.length > 0) return { kind: 'labeled', label: entry.label, tree: witness(entry.below, inner) };
    const hidden: HashTree = { kind: 'labeled', label: entry.label, tree: pruned(witness(entry.below, [[]])) };
    return neighbours.includes(entry) ? hidden : pruned(hidden);
  });
  return balance(children);
}

/** The entries on both sides of a label that is not among them. */
function neighboursOf(label: Uint8Array, entries: Entry[]): Entry[] {
  if (entries.some((entry) => equalBytes(entry.label, label))) return [];
  const after = entries.findIndex((entry) => compareBytes(entry.label, label) > 0);
  const at = after < 0 ? entries.length : after;
  return entries.slice(Math.max(0, at - 1), at + 1);
}

const pruned = (tree: HashTree): HashTree => ({ kind: 'pruned', hash: rootHash(tree) });

function balance(trees: HashTree[]): HashTree {
  if (trees.length === 0) return { kind: 'empty' };
  if (trees.length === 1) return trees[0]!;
  const middle = Math.ceil(trees.length / 2);
  const [left, right] = [balance(trees.slice(0, middle)), balance(trees.slice(middle))];
  const fork: HashTree = { kind: 'fork', left, right };
  return left.kind === 'pruned' && right.kind === 'pruned' ? pruned(fork) : fork;
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
