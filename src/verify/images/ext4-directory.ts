import { attributeNamed } from './ext4-attributes.ts';
import { contentOf } from './ext4-data.ts';
import { readInode, type Ext4Inode } from './ext4-inode.ts';
import type { Ext4Volume } from './ext4-volume.ts';
import { refuse } from './random-access.ts';

export interface DirectoryEntry {
  /** Bytes of the name, one character each: names need not be UTF-8. */
  readonly name: string;
  readonly inode: number;
}

/** A file with its place, `/opt/ic/bin/replica`. */
export interface Ext4File {
  readonly path: string;
  readonly inode: Ext4Inode;
}

const ROOT = 2;
const INLINE = 0x1000_0000;
const DEEPEST = 64;
const MOST_FILES = 500_000;
const LARGEST_DIRECTORY = 8 * 1024 * 1024;

/** Entries in the order in which they lie there, without `.` and `..`. Nodes of a hashed directory look empty. */
export function entriesOf(volume: Ext4Volume, directory: Ext4Inode): readonly DirectoryEntry[] {
  if (directory.kind !== 'directory') throw refuse('ext4-no-directory', `inode ${directory.number} is no directory`);
  if (directory.size > LARGEST_DIRECTORY)
    throw refuse('ext4-directory-large', `a directory of ${directory.size} bytes`);
  if (directory.flags & INLINE) {
    // The number of the directory above, then entries.
    const rest = attributeNamed(volume, directory, 'system.data') ?? Buffer.alloc(0);
    return [...entriesIn(volume, directory.body.subarray(4)), ...entriesIn(volume, rest)];
  }
  const bytes = Buffer.concat([...contentOf(volume, directory)]);
  const found: DirectoryEntry[] = [];
  for (let at = 0; at < bytes.length; at += volume.blockSize) {
    for (const entry of entriesIn(volume, bytes.subarray(at, at + volume.blockSize))) found.push(entry);
  }
  return found;
}

function entriesIn({ budget, blockSize }: Ext4Volume, block: Buffer): readonly DirectoryEntry[] {
  const found: DirectoryEntry[] = [];
  for (let at = 0; at + 8 <= block.length;) {
    budget.step();
    const [inode, written, nameLength] = [block.readUInt32LE(at), block.readUInt16LE(at + 4), block.readUInt8(at + 6)];
    const length = blockSize === 65_536 && (written === 0 || written === 65_535) ? 65_536 : written;
    if (length < 8 || length % 4 !== 0 || at + length > block.length || 8 + nameLength > length) {
      throw refuse('ext4-entry', `an entry of ${length} bytes with a name of ${nameLength} at ${at}`);
    }
    const name = block.toString('latin1', at + 8, at + 8 + nameLength);
    if (inode !== 0 && nameLength > 0 && name !== '.' && name !== '..') found.push({ name: plainName(name), inode });
    at += length;
  }
  return found;
}

function plainName(name: string): string {
  if (name.includes('/') || name.includes('\0')) throw refuse('ext4-name', 'a name that no file can have');
  return name;
}

/** Every file below the root, itself included, each directory before what it holds. */
export function* walk(volume: Ext4Volume): Generator<Ext4File> {
  const seen = new Set<number>();
  const waiting = [{ path: '', number: ROOT, depth: 0 }];
  for (let count = 1; waiting.length > 0; count += 1) {
    const next = waiting.pop();
    if (!next) return;
    if (count > MOST_FILES) throw refuse('ext4-files', `more than ${MOST_FILES} files`);
    const inode = readInode(volume, next.number);
    yield { path: next.path === '' ? '/' : next.path, inode };
    if (inode.kind !== 'directory') continue;
    if (seen.has(inode.number) || next.depth > DEEPEST) {
      throw refuse('ext4-directory-twice', 'a directory within itself, in two places or too deep');
    }
    seen.add(inode.number);
    const below = entriesOf(volume, inode).map(({ name, inode: number }) => ({
      path: `${next.path}/${name}`,
      number,
      depth: next.depth + 1,
    }));
    for (const each of below.reverse()) waiting.push(each);
  }
}

/** The file in the root directory that has this name; null: there is none. */
export function inRoot(volume: Ext4Volume, name: string): Ext4Inode | null {
  const entry = entriesOf(volume, readInode(volume, ROOT)).find((each) => each.name === name);
  return entry ? readInode(volume, entry.inode) : null;
}

export function namesInRoot(volume: Ext4Volume): readonly string[] {
  return entriesOf(volume, readInode(volume, ROOT)).map(({ name }) => name);
}
