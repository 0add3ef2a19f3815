import type { Budget } from './reading-budget.ts';
import { partOf, refuse, safeUint64, type RandomAccess } from './random-access.ts';

export interface Partition {
  /** From 1, as `/dev/vda1`. */
  readonly number: number;
  /** Lower-case, as in `root=/dev/disk/by-partuuid/…`. */
  readonly uuid: string;
  /** Strangers' text. */
  readonly name: string;
  readonly type: string;
  readonly bytes: RandomAccess;
}

const SECTOR = 512;
const SIGNATURE = 'EFI PART';
/** The specification asks for room for 128; no tool makes more. */
const MOST_ENTRIES = 256;

/**
 * Partitions of a disk image, by its first table. Null: it has none.
 * @see https://uefi.org/specs/UEFI/2.10/05_GUID_Partition_Table_Format.html
 */
export function readGpt(disk: RandomAccess, budget: Budget): readonly Partition[] | null {
  if (disk.size < 3 * SECTOR) return null;
  const header = disk.read(SECTOR, 92);
  if (header.toString('latin1', 0, 8) !== SIGNATURE) return null;
  const [count, size] = [header.readUInt32LE(80), header.readUInt32LE(84)];
  if (count > MOST_ENTRIES || size < 128 || size > 4096) {
    throw refuse('gpt-odd', `a partition table of ${count} entries of ${size} bytes`);
  }
  const table = safeUint64(header, 72, 'the place of the partition table') * SECTOR;
  const partitions: Partition[] = [];
  for (let index = 0; index < count; index += 1) {
    budget.step();
    const entry = disk.read(table + index * size, 128);
    const type = guid(entry, 0);
    if (type === UNUSED) continue;
    partitions.push({
      number: index + 1,
      uuid: guid(entry, 16),
      name: nameOf(entry),
      type,
      bytes: extent(disk, entry),
    });
  }
  return apart(partitions, disk);
}

const UNUSED = '00000000-0000-0000-0000-000000000000';

function extent(disk: RandomAccess, entry: Buffer): RandomAccess {
  const first = safeUint64(entry, 32, 'the first sector of a partition');
  const last = safeUint64(entry, 40, 'the last sector of a partition');
  if (last < first) throw refuse('gpt-backwards', `a partition ends at sector ${last}, before it begins at ${first}`);
  return partOf(disk, first * SECTOR, (last - first + 1) * SECTOR);
}

/** Partitions that lie over each other would be read more often than there are bytes. */
function apart(partitions: readonly Partition[], disk: RandomAccess): readonly Partition[] {
  const total = partitions.reduce((sum, { bytes }) => sum + bytes.size, 0);
  if (total > disk.size) throw refuse('gpt-overlaps', `partitions of ${total} bytes on a disk of ${disk.size}`);
  return partitions;
}

/** UTF-16 up to its end, which is no part of it. */
function nameOf(entry: Buffer): string {
  return entry.toString('utf16le', 56, 128).replace(/\0.*$/s, '');
}

/** The first three groups are little-endian. */
export function guid(bytes: Buffer, at: number): string {
  const hex = (from: number, to: number): string => bytes.toString('hex', at + from, at + to);
  const turned = (from: number, to: number): string =>
    Buffer.from(bytes.subarray(at + from, at + to))
      .reverse()
      .toString('hex');
  return `${turned(0, 4)}-${turned(4, 6)}-${turned(6, 8)}-${hex(8, 10)}-${hex(10, 16)}`;
}
