import type { FileHandle } from 'node:fs/promises';

const PIECE = 1024 * 1024;

export interface Difference {
  /** Offset of the first byte that differs, or where the shorter file ends; null: the same bytes. */
  readonly first: number | null;
  /** Bytes that differ, as far as both files go. */
  readonly bytes: number;
}

/** Compares two open files byte by byte, in little memory whatever their size. */
export async function compareFiles(a: FileHandle, b: FileHandle): Promise<Difference> {
  const [left, right] = [Buffer.allocUnsafe(PIECE), Buffer.allocUnsafe(PIECE)];
  let first: number | null = null;
  let bytes = 0;
  for (let at = 0; ;) {
    const [x, y] = [await piece(a, left, at), await piece(b, right, at)];
    const both = Math.min(x.length, y.length);
    if (!x.subarray(0, both).equals(y.subarray(0, both))) {
      for (let index = 0; index < both; index += 1) {
        if (x[index] === y[index]) continue;
        first ??= at + index;
        bytes += 1;
      }
    }
    if (x.length !== y.length) first ??= at + both;
    if (both < PIECE) return { first, bytes };
    at += both;
  }
}

/** Filled but at the end of the file. */
async function piece(file: FileHandle, into: Buffer, at: number): Promise<Buffer> {
  let length = 0;
  while (length < into.length) {
    const { bytesRead } = await file.read(into, length, into.length - length, at + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return into.subarray(0, length);
}
