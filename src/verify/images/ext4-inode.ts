import { ext4Bytes, type Ext4Volume } from './ext4-volume.ts';
import { refuse } from './random-access.ts';

export type FileKind = 'file' | 'directory' | 'symlink' | 'device' | 'fifo' | 'socket';

export interface Ext4Inode {
  readonly number: number;
  readonly kind: FileKind;
  /** Permission bits, with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** UTC seconds with nanoseconds, as text. */
  readonly mtime: string;
  readonly links: number;
  readonly flags: number;
  /** The 60 bytes that hold extents, a short link, inline data or a device number. */
  readonly body: Buffer;
  /** Block of extended attributes; 0: none. */
  readonly attributeBlock: number;
  /** What lies in the inode behind its fixed fields: extended attributes. */
  readonly tail: Buffer;
}

const KINDS: Readonly<Record<number, FileKind>> = {
  0x1: 'fifo',
  0x2: 'device',
  0x4: 'directory',
  0x6: 'device',
  0x8: 'file',
  0xa: 'symlink',
  0xc: 'socket',
};
/** Its reading would do other than what follows here. */
const ENCRYPTED = 0x800;
const FIXED = 128;

/** @see https://docs.kernel.org/filesystems/ext4/inodes.html */
export function readInode(volume: Ext4Volume, number: number): Ext4Inode {
  volume.budget.step();
  const { inodes, inodesPerGroup, inodeSize, inodeTables, blockSize } = volume;
  const table = inodeTables[Math.floor((number - 1) / inodesPerGroup)];
  if (number < 1 || number > inodes || table === undefined)
    throw refuse('ext4-no-inode', `inode ${number} of ${inodes}`);
  const at = table * blockSize + ((number - 1) % inodesPerGroup) * inodeSize;
  if (at + inodeSize > ext4Bytes(volume)) throw refuse('ext4-inode-outside', `inode ${number} lies behind the end`);
  const raw = volume.bytes.read(at, inodeSize);
  const type = raw.readUInt16LE(0) >> 12;
  const kind = KINDS[type];
  const flags = raw.readUInt32LE(0x20);
  if (!kind) throw refuse('ext4-inode-kind', `inode ${number} is of kind ${type}`);
  if (flags & ENCRYPTED) throw refuse('ext4-encrypted', `inode ${number} is encrypted`);
  return {
    number,
    kind,
    mode: raw.readUInt16LE(0) & 0xfff,
    uid: raw.readUInt16LE(0x2) + raw.readUInt16LE(0x78) * 65_536,
    gid: raw.readUInt16LE(0x18) + raw.readUInt16LE(0x7a) * 65_536,
    size: sizeOf(raw, number),
    links: raw.readUInt16LE(0x1a),
    flags,
    body: raw.subarray(0x28, 0x64),
    attributeBlock: raw.readUInt32LE(0x68) + raw.readUInt16LE(0x76) * 2 ** 32,
    ...behind(raw),
  };
}

function sizeOf(raw: Buffer, number: number): number {
  const size = raw.readUInt32LE(0x4) + raw.readUInt32LE(0x6c) * 2 ** 32;
  if (!Number.isSafeInteger(size)) throw refuse('ext4-size', `inode ${number} says that it has ${size} bytes`);
  return size;
}

function behind(raw: Buffer): Pick<Ext4Inode, 'mtime' | 'tail'> {
  const more = raw.length > FIXED ? raw.readUInt16LE(0x80) : 0;
  const extra = more >= 12 && raw.length >= 0x8c ? raw.readUInt32LE(0x88) : 0;
  // Two bits more of seconds, thirty of nanoseconds.
  const seconds = raw.readInt32LE(0x10) + (extra & 3) * 2 ** 32;
  const from = Math.min(raw.length, FIXED + more);
  return { mtime: `${seconds}.${String(extra >>> 2).padStart(9, '0')}`, tail: raw.subarray(from) };
}
