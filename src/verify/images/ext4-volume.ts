import type { Budget } from './reading-budget.ts';
import { guid } from './gpt.ts';
import { refuse, type RandomAccess } from './random-access.ts';

/** What the superblock says, as far as it is needed to read the rest. */
export interface Ext4Volume {
  readonly bytes: RandomAccess;
  readonly budget: Budget;
  readonly blockSize: number;
  readonly blocks: number;
  readonly inodes: number;
  readonly inodeSize: number;
  readonly inodesPerGroup: number;
  /** First block of each group's table of inodes. */
  readonly inodeTables: readonly number[];
  readonly usesExtents: boolean;
  readonly facts: Ext4Facts;
}

/** What makes two file systems of the same files different bytes. */
export interface Ext4Facts {
  readonly uuid: string;
  readonly label: string;
  readonly hashSeed: string;
  /** UTC seconds. */
  readonly madeAt: number;
  readonly writtenAt: number;
  readonly mountedAt: number;
  readonly features: string;
}

const SUPERBLOCK = 1024;
const MAGIC = 0xef53;
/** Extents, file types, 64 bits, flexible groups, checksums, large directories, inline data and values in inodes. */
const READABLE = 0x2 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x2000 | 0x4000 | 0x8000 | 0x20000;
const MOST_GROUPS = 65_536;

/** @see https://docs.kernel.org/filesystems/ext4/globals.html */
export function openExt4(bytes: RandomAccess, budget: Budget): Ext4Volume {
  const raw = isLargeEnough(bytes) ? bytes.read(SUPERBLOCK, 1024) : Buffer.alloc(1024);
  if (raw.readUInt16LE(0x38) !== MAGIC) throw refuse('ext4-none', 'it is no ext4 file system');
  const unreadable = raw.readUInt32LE(0x60) & ~READABLE;
  if (unreadable !== 0) throw refuse('ext4-feature-unknown', `ext4 features 0x${(unreadable >>> 0).toString(16)}`);
  const blockSize = 1024 << Math.min(raw.readUInt32LE(0x18), 7);
  const is64 = (raw.readUInt32LE(0x60) & 0x80) !== 0;
  const blocks = raw.readUInt32LE(0x4) + (is64 ? raw.readUInt32LE(0x150) * 2 ** 32 : 0);
  const inodeSize = raw.readUInt32LE(0x4c) === 0 ? 128 : raw.readUInt16LE(0x58);
  const shape = {
    blockSize,
    blocks,
    inodes: raw.readUInt32LE(0x0),
    inodeSize,
    inodesPerGroup: raw.readUInt32LE(0x28),
  };
  requireSane(shape, bytes.size, raw.readUInt32LE(0x20));
  const first = raw.readUInt32LE(0x14);
  const groups = Math.ceil((blocks - first) / raw.readUInt32LE(0x20));
  const descriptorSize = is64 ? raw.readUInt16LE(0xfe) : 32;
  if (groups < 1 || groups > MOST_GROUPS || descriptorSize < 32 || descriptorSize > 1024) {
    throw refuse('ext4-groups', `${groups} groups with descriptors of ${descriptorSize} bytes`);
  }
  const inodeTables = Array.from({ length: groups }, (_, group) => {
    budget.step();
    const at = (first + 1) * blockSize + group * descriptorSize;
    const descriptor = bytes.read(at, descriptorSize);
    return descriptor.readUInt32LE(0x8) + (descriptorSize >= 64 ? descriptor.readUInt32LE(0x28) * 2 ** 32 : 0);
  });
  return {
    bytes,
    budget,
    ...shape,
    inodeTables,
    usesExtents: (raw.readUInt32LE(0x60) & 0x40) !== 0,
    facts: factsOf(raw),
  };
}

function isLargeEnough({ size }: RandomAccess): boolean {
  return size >= 2 * SUPERBLOCK;
}

type Shape = Pick<Ext4Volume, 'blockSize' | 'blocks' | 'inodes' | 'inodeSize' | 'inodesPerGroup'>;

function requireSane(
  { blockSize, blocks, inodes, inodeSize, inodesPerGroup }: Shape,
  size: number,
  perGroup: number,
): void {
  const isInodeSize = inodeSize >= 128 && inodeSize <= blockSize && (inodeSize & (inodeSize - 1)) === 0;
  const isCounted = blocks > 0 && inodes > 0 && inodesPerGroup > 0 && perGroup > 0 && perGroup <= 8 * blockSize;
  if (blockSize > 64 * 1024 || !isInodeSize || !isCounted || blocks * blockSize > size) {
    throw refuse('ext4-shape', `${blocks} blocks of ${blockSize} bytes, inodes of ${inodeSize}, in ${size} bytes`);
  }
}

function factsOf(raw: Buffer): Ext4Facts {
  return {
    uuid: guid(raw, 0x68),
    label: raw.toString('utf8', 0x78, 0x88).replace(/\0.*$/s, ''),
    hashSeed: raw.toString('hex', 0xec, 0xfc),
    madeAt: raw.readUInt32LE(0x108),
    writtenAt: raw.readUInt32LE(0x30),
    mountedAt: raw.readUInt32LE(0x2c),
    features: [0x5c, 0x60, 0x64].map((at) => raw.readUInt32LE(at).toString(16)).join(' '),
  };
}

/** Where the file system ends, in bytes. */
export function ext4Bytes({ blocks, blockSize }: Ext4Volume): number {
  return blocks * blockSize;
}

export function readBlock({ bytes, blocks, blockSize, budget }: Ext4Volume, block: number): Buffer {
  budget.step();
  if (block <= 0 || block >= blocks) throw refuse('ext4-block-outside', `block ${block} of ${blocks}`);
  return bytes.read(block * blockSize, blockSize);
}
