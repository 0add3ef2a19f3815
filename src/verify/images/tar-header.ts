import { refuse } from './random-access.ts';

export const TAR_BLOCK = 512;

/** One header as it stands. Numbers of bytes; strings end at their first zero. */
export interface TarHeader {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes that follow in the archive. */
  readonly packed: number;
  readonly mtime: number;
  readonly type: string;
  readonly linkName: string;
}

/** A part of a sparse file that is not a hole. */
export interface Segment {
  readonly offset: number;
  readonly length: number;
}

/** @see https://www.gnu.org/software/tar/manual/html_node/Standard.html */
export function readHeader(block: Buffer): TarHeader {
  const written = numberAt(block, 148, 8);
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (written !== sum) throw refuse('tar-checksum', 'a tar header whose checksum is wrong');
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? textAt(block, 345, 155) : '';
  const name = textAt(block, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: numberAt(block, 100, 8) & 0o7777,
    uid: numberAt(block, 108, 8),
    gid: numberAt(block, 116, 8),
    packed: numberAt(block, 124, 12),
    mtime: numberAt(block, 136, 12),
    type: String.fromCharCode(block.readUInt8(156) || 0x30),
    linkName: textAt(block, 157, 100),
  };
}

/** Segments in a GNU header of type `S`, the size of the whole file, and whether a block with more of them follows. */
export function sparseOfHeader(block: Buffer): { segments: Segment[]; size: number; more: boolean } {
  return { segments: segmentsAt(block, 386, 4), size: numberAt(block, 483, 12), more: block.readUInt8(482) !== 0 };
}

/** The same in a block that follows such a header. */
export function sparseOfBlock(block: Buffer): { segments: Segment[]; more: boolean } {
  return { segments: segmentsAt(block, 0, 21), more: block.readUInt8(504) !== 0 };
}

function segmentsAt(block: Buffer, from: number, most: number): Segment[] {
  const found: Segment[] = [];
  for (let at = from; at < from + 24 * most && block.readUInt8(at) !== 0; at += 24) {
    found.push({ offset: numberAt(block, at, 12), length: numberAt(block, at + 12, 12) });
  }
  return found;
}

/** Octal digits, or base 256 where the first bit is set. */
function numberAt(block: Buffer, at: number, length: number): number {
  const field = block.subarray(at, at + length);
  if ((field[0] ?? 0) & 0x80) {
    const value = BigInt(`0x${field.toString('hex')}`) & ((1n << BigInt(length * 8 - 1)) - 1n);
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw refuse('tar-number-too-large', `a tar header with the number ${value}`);
    return Number(value);
  }
  const digits = field.toString('latin1').replace(/\0.*$/s, '').trim();
  if (!/^[0-7]*$/.test(digits)) throw refuse('tar-number', 'a tar header with a number that is none');
  return digits === '' ? 0 : parseInt(digits, 8);
}

function textAt(block: Buffer, at: number, length: number): string {
  return block.toString('utf8', at, at + length).replace(/\0.*$/s, '');
}

export function isEnd(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

/** Records of a PAX header, `27 path=…\n`. Their number of bytes counts everything. */
export function paxRecords(bytes: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const blank = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString('latin1', at, Math.min(blank, at + 12)));
    const record = bytes.toString('utf8', blank + 1, at + length - 1);
    const equals = record.indexOf('=');
    if (blank < 0 || !Number.isInteger(length) || length <= blank - at || at + length > bytes.length || equals < 1) {
      throw refuse('tar-pax', 'a PAX header that cannot be read');
    }
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}
