import { mapLeaves, type HashTree } from './hash-tree.ts';

const SHA256_HEX = /[0-9a-f]{64}/;

/** The reply with one digit of the first sha256 in it changed; a reply without one gets another last byte. */
export function alterReply(reply: Uint8Array): Uint8Array {
  const altered = Uint8Array.from(reply);
  const at = SHA256_HEX.exec(Buffer.from(reply).toString('latin1'))?.index ?? altered.length - 1;
  altered[at] = altered[at] === 0x30 ? 0x31 : 0x30;
  return altered;
}

/** The tree with the reply altered, wherever it stands. */
export function alterReplyInTree(tree: HashTree, reply: Uint8Array): HashTree {
  return mapLeaves(tree, (value) => (value === reply ? alterReply(reply) : value));
}
