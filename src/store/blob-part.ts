import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { WatchError } from '../domain/errors.ts';
import { parseSha256 } from '../domain/ids.ts';
import type { LogPart } from '../domain/status-queries.ts';
import { blobPath } from './blobs.ts';

/**
 * Some bytes of a blob, for people to read: nothing is verified against its name, so nothing may be judged from it.
 * `from` below zero counts from the end. null: not kept here.
 */
export async function blobPart(directory: string, name: string, from: number, bytes: number): Promise<LogPart | null> {
  const checked = parseSha256(name);
  if (!checked) throw new WatchError('bug', 'blob-part-name', 'a part is asked for by something else than a SHA-256');
  const file = await opened(blobPath(directory, checked));
  if (!file) return null;
  try {
    const { size: total } = await file.stat();
    const start = Math.min(total, Math.max(0, from < 0 ? total + from : from));
    const buffer = Buffer.alloc(Math.min(bytes, total - start));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
    return { bytes: buffer.subarray(0, bytesRead), from: start, total };
  } finally {
    await file.close();
  }
}

async function opened(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
