import { attributeNamed } from './ext4-attributes.ts';
import type { Ext4Inode } from './ext4-inode.ts';
import { readBlock, type Ext4Volume } from './ext4-volume.ts';
import { refuse } from './random-access.ts';

const EXTENTS = 0x80000;
const INLINE = 0x1000_0000;
const EXTENT_MAGIC = 0xf30a;
const DEEPEST = 5;
/** A length above it marks an extent that was never written: it reads as zeros. */
const LONGEST = 32_768;
const PIECE = 1024 * 1024;

interface Extent {
  /** First block within the file, and how many. */
  readonly logical: number;
  readonly length: number;
  /** First block on the volume; null: zeros. */
  readonly physical: number | null;
}

/** What a file holds, in pieces of at most a MiB. Holes are zeros. */
export function* contentOf(volume: Ext4Volume, inode: Ext4Inode): Generator<Buffer> {
  if (inode.flags & INLINE) {
    yield inlineOf(volume, inode);
    return;
  }
  if (inode.kind === 'symlink' && inode.size < inode.body.length && !(inode.flags & EXTENTS)) {
    yield inode.body.subarray(0, inode.size);
    return;
  }
  if (inode.size === 0) return;
  if (!(inode.flags & EXTENTS)) throw refuse('ext4-block-map', `inode ${inode.number} is mapped as in ext2`);
  let at = 0;
  for (const extent of extentsOf(volume, inode)) {
    const start = extent.logical * volume.blockSize;
    yield* zeros(volume, Math.min(start, inode.size) - at);
    at = Math.min(start, inode.size);
    const end = Math.min(start + extent.length * volume.blockSize, inode.size);
    yield* extent.physical === null ? zeros(volume, end - at) : stored(volume, extent.physical, end - at);
    at = Math.max(at, end);
  }
  yield* zeros(volume, inode.size - at);
}

function inlineOf(volume: Ext4Volume, inode: Ext4Inode): Buffer {
  const rest = attributeNamed(volume, inode, 'system.data') ?? Buffer.alloc(0);
  const whole = Buffer.concat([inode.body, rest]);
  if (inode.size > whole.length)
    throw refuse('ext4-inline', `inode ${inode.number} says that ${inode.size} bytes are in it`);
  return whole.subarray(0, inode.size);
}

const NOTHING = Buffer.alloc(PIECE);

function* zeros({ budget }: Ext4Volume, length: number): Generator<Buffer> {
  for (let left = length; left > 0; left -= PIECE) {
    budget.time();
    yield NOTHING.subarray(0, Math.min(left, PIECE));
  }
}

function* stored({ bytes, blockSize, budget }: Ext4Volume, block: number, length: number): Generator<Buffer> {
  for (let done = 0; done < length; done += PIECE) {
    budget.time();
    yield bytes.read(block * blockSize + done, Math.min(PIECE, length - done));
  }
}

/** In the order of the file, none over another. */
function* extentsOf(volume: Ext4Volume, inode: Ext4Inode): Generator<Extent> {
  let next = 0;
  for (const extent of node(volume, inode.body, null)) {
    if (extent.logical < next)
      throw refuse('ext4-extents-overlap', `inode ${inode.number} maps block ${extent.logical} twice`);
    const end = extent.physical === null ? 0 : extent.physical + extent.length;
    if (extent.physical === 0 || end > volume.blocks) {
      throw refuse('ext4-extent-outside', `inode ${inode.number} maps blocks to ${end} of ${volume.blocks}`);
    }
    next = extent.logical + extent.length;
    yield extent;
  }
}

/** One node of the tree. Each is one level lower than the one above, so that none can hold itself. */
function* node(volume: Ext4Volume, bytes: Buffer, expectedDepth: number | null): Generator<Extent> {
  const [magic, entries, depth] = [bytes.readUInt16LE(0), bytes.readUInt16LE(2), bytes.readUInt16LE(6)];
  const isExpected = expectedDepth === null ? depth <= DEEPEST : depth === expectedDepth;
  if (magic !== EXTENT_MAGIC || !isExpected || 12 * (entries + 1) > bytes.length) {
    throw refuse('ext4-extent-node', `a node of extents with ${entries} entries at depth ${depth}`);
  }
  for (let index = 0; index < entries; index += 1) {
    volume.budget.step();
    const at = 12 * (index + 1);
    if (depth === 0) yield leaf(bytes, at);
    else
      yield* node(
        volume,
        readBlock(volume, bytes.readUInt32LE(at + 4) + bytes.readUInt16LE(at + 8) * 2 ** 32),
        depth - 1,
      );
  }
}

function leaf(bytes: Buffer, at: number): Extent {
  const length = bytes.readUInt16LE(at + 4);
  const isWritten = length <= LONGEST;
  const physical = bytes.readUInt32LE(at + 8) + bytes.readUInt16LE(at + 6) * 2 ** 32;
  return {
    logical: bytes.readUInt32LE(at),
    length: isWritten ? length : length - LONGEST,
    physical: isWritten ? physical : null,
  };
}
