import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WatchError } from '../domain/errors.ts';
import { parseSha256, type Sha256 } from '../domain/ids.ts';
import type { Blobs } from '../domain/ports.ts';
import { modesIn, writeFileAtomic } from '../platform/files.ts';
import { sha256 } from '../platform/hash.ts';
import type { LogPart } from '../domain/status-queries.ts';

/** Some 64 KB: what the next few files of evidence need. */
const PROBE_BYTES = 64 * 1024;

export interface BlobFiles extends Blobs {
  /** Throws where there is no room for a few more files. */
  readonly probe: () => Promise<void>;
}

/** Bytes in files named by their SHA-256, below one directory. Any number of processes may use it at once. */
export function createBlobs(directory: string): BlobFiles {
  const pathOf = (name: Sha256): string => blobPath(directory, name);
  const incoming = join(directory, 'incoming');
  const write = (path: string, bytes: Uint8Array): Promise<void> =>
    writeFileAtomic(path, bytes, { incoming, modes: modesIn(dirname(directory)) });
  return {
    put: async (bytes) => {
      const name = sha256(bytes);
      const path = pathOf(name);
      // What is there may have rotted; then our bytes replace it.
      if (!(await holds(path, name))) await write(path, bytes);
      return name;
    },
    probe: async () => {
      const path = join(incoming, `probe.${process.pid}`);
      await write(path, Buffer.alloc(PROBE_BYTES, 1));
      await rm(path, { force: true });
    },
    get: async (name) => {
      const checked = parseSha256(name);
      if (!checked) throw new WatchError('bug', 'blob-name', 'a blob is asked for by something else than a SHA-256');
      const bytes = await read(pathOf(checked));
      if (bytes && sha256(bytes) !== checked) {
        throw new WatchError('untrusted', 'blob-corrupt', `The kept bytes ${checked} are not what their name says.`);
      }
      return bytes;
    },
  };
}

/** Where the bytes of this name lie. */
export function blobPath(directory: string, name: Sha256): string {
  return join(directory, name.slice(0, 2), name.slice(2));
}

async function holds(path: string, name: Sha256): Promise<boolean> {
  const bytes = await read(path);
  return bytes !== null && sha256(bytes) === name;
}

async function read(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path, { flag: constants.O_RDONLY | constants.O_NOFOLLOW });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

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
