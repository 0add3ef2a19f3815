import { readSync } from 'node:fs';
import { WatchError } from '../../domain/errors.ts';

/** Bytes that are read where they are needed. Synchronous: images are read in processes that do nothing else. */
export interface RandomAccess {
  /** Bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`. Throws `malformed` where they are not all inside. */
  read: (offset: number, length: number) => Buffer;
}

/** No structure of an image is read in larger pieces. */
const MOST_AT_ONCE = 16 * 1024 * 1024;

export function refuse(code: string, message: string): WatchError {
  return new WatchError('malformed', code, message);
}

function inside({ size }: { readonly size: number }, offset: number, length: number): void {
  const isRange = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (!isRange || length > MOST_AT_ONCE || offset > size - length) {
    throw refuse('image-out-of-range', `${length} bytes at ${offset} are not all within ${size}`);
  }
}

export function bytesAccess(bytes: Uint8Array): RandomAccess {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    size: buffer.length,
    read: (offset, length) => {
      inside({ size: buffer.length }, offset, length);
      return buffer.subarray(offset, offset + length);
    },
  };
}

/** An open file, of which `size` bytes are there. */
export function fileAccess(descriptor: number, size: number): RandomAccess {
  return {
    size,
    read: (offset, length) => {
      inside({ size }, offset, length);
      const buffer = Buffer.allocUnsafe(length);
      for (let got = 0; got < length;) {
        const read = readSync(descriptor, buffer, got, length - got, offset + got);
        if (read === 0) throw refuse('image-cut', `the file ends at ${offset + got}`);
        got += read;
      }
      return buffer;
    },
  };
}

/** A part of something larger, as a partition is. */
export function partOf(whole: RandomAccess, start: number, size: number): RandomAccess {
  inside({ size: whole.size }, start, 0);
  if (!Number.isSafeInteger(size) || size < 0 || start + size > whole.size) {
    throw refuse('image-part-outside', `a part of ${size} bytes at ${start} reaches beyond ${whole.size}`);
  }
  return {
    size,
    read: (offset, length) => {
      inside({ size }, offset, length);
      return whole.read(start + offset, length);
    },
  };
}

/** A 64-bit number that must be one that we can count with. */
export function safeUint64(bytes: Buffer, at: number, what: string): number {
  const value = bytes.readBigUInt64LE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw refuse('image-number-too-large', `${what} is ${value}`);
  return Number(value);
}

const PIECE = 1024 * 1024;

/** A range in pieces. */
export function* pieces(from: RandomAccess, start = 0, end = from.size): Generator<Buffer> {
  for (let at = start; at < end; at += PIECE) yield from.read(at, Math.min(PIECE, end - at));
}
