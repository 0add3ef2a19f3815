import type { Ext4Inode } from './ext4-inode.ts';
import { readBlock, type Ext4Volume } from './ext4-volume.ts';
import { refuse } from './random-access.ts';

export interface Attribute {
  /** `security.selinux`. */
  readonly name: string;
  readonly value: Buffer;
}

const MAGIC = 0xea02_0000;
const HEADER = 32;
const PREFIXES: Readonly<Record<number, string>> = {
  0: '',
  1: 'user.',
  2: 'system.posix_acl_access',
  3: 'system.posix_acl_default',
  4: 'trusted.',
  6: 'security.',
  7: 'system.',
  8: 'system.richacl',
};

/**
 * Extended attributes of a file, those in the inode first.
 * @see https://docs.kernel.org/filesystems/ext4/attributes.html
 */
export function attributesOf(volume: Ext4Volume, inode: Ext4Inode): readonly Attribute[] {
  const { tail, attributeBlock } = inode;
  const within = tail.length >= 4 && tail.readUInt32LE(0) === MAGIC ? entries(volume, tail.subarray(4), 0) : [];
  if (attributeBlock === 0) return within;
  const block = readBlock(volume, attributeBlock);
  if (block.readUInt32LE(0) !== MAGIC)
    throw refuse('ext4-attributes', `inode ${inode.number} has no attributes where it says`);
  return [...within, ...entries(volume, block, HEADER)];
}

export function attributeNamed(volume: Ext4Volume, inode: Ext4Inode, name: string): Buffer | undefined {
  return attributesOf(volume, inode).find((attribute) => attribute.name === name)?.value;
}

/** Entries from `first` to four zeros; offsets of values count from the beginning of `bytes`. */
function entries({ budget }: Ext4Volume, bytes: Buffer, first: number): readonly Attribute[] {
  const found: Attribute[] = [];
  for (let at = first; at + 4 <= bytes.length && bytes.readUInt32LE(at) !== 0;) {
    budget.step();
    if (at + 16 > bytes.length) throw refuse('ext4-attribute-cut', 'an extended attribute reaches beyond its block');
    const [nameLength, prefix, offset] = [bytes.readUInt8(at), bytes.readUInt8(at + 1), bytes.readUInt16LE(at + 2)];
    const [inInode, size] = [bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 8)];
    if (at + 16 + nameLength > bytes.length || (inInode === 0 && offset + size > bytes.length)) {
      throw refuse('ext4-attribute-outside', 'an extended attribute lies outside of its block');
    }
    const name = `${PREFIXES[prefix] ?? `${prefix}.`}${bytes.toString('latin1', at + 16, at + 16 + nameLength)}`;
    // A value of its own inode is named by that inode, not read.
    const value = inInode === 0 ? bytes.subarray(offset, offset + size) : Buffer.from(`in inode ${inInode}`);
    found.push({ name, value });
    at += 16 + Math.ceil(nameLength / 4) * 4;
  }
  return found;
}
