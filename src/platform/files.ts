import { constants, readSync, statSync } from 'node:fs';
import { lstat, mkdir, open, rename, rm, statfs, type FileHandle } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { Stats } from 'node:fs';
import { asWatchError, WatchError } from '../domain/errors.ts';
import type { Sha256 } from '../domain/ids.ts';
import { digestOf, sha256Stream } from './hash.ts';

const READ_BYTES = 256 * 1024;
const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Non-blocking: a named pipe that takes the file's place must not make us wait for a writer. */
const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export type OpenedFile =
  | { readonly opened: true; readonly handle: FileHandle; readonly bytes: number }
  /** `what` completes "… is ": "not there", "a symbolic link", "a named pipe". */
  | { readonly opened: false; readonly path: string; readonly what: string };

/**
 * Opens a regular file below a directory that is ours. Every component is opened by itself from the directory before
 * it, and no link is followed in any of them, so that what strangers left below the root cannot lead out of it.
 */
export async function openRegularFile(root: string, path: string): Promise<OpenedFile> {
  const names = path.split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..')) {
    throw new WatchError('bug', 'path-not-plain', `not a plain relative path: ${path}`);
  }
  let directory = await open(root, DIRECTORY);
  try {
    for (const [index, name] of names.entries()) {
      const inside = `/proc/self/fd/${directory.fd}/${name}`;
      const here = names.slice(0, index + 1).join('/');
      const last = index === names.length - 1;
      const stats = await lstat(inside).catch(nullUnlessExhausted);
      const what = kindOf(stats);
      if (what !== (last ? 'a regular file' : 'a directory')) return { opened: false, path: here, what };
      const next = await open(inside, last ? FILE : DIRECTORY).catch(nullUnlessExhausted);
      if (!next) return { opened: false, path: here, what: 'not to be opened' };
      if (last) return await regularOnly(next, here, stats);
      await directory.close();
      directory = next;
    }
  } finally {
    await directory.close();
  }
  throw new WatchError('bug', 'path-not-plain', 'an empty path');
}

/** That we ran out of descriptors, or the disk fails, says nothing of what strangers left; permissions are theirs. */
function nullUnlessExhausted(thrown: unknown): null {
  const { kind, code } = asWatchError(thrown);
  if (kind === 'storage' || (kind === 'host' && code !== 'not-permitted')) throw thrown;
  return null;
}

/** It was a regular file a moment ago, with one name; only what the descriptor says counts, if it is of that file. */
async function regularOnly(handle: FileHandle, path: string, before: Stats | null): Promise<OpenedFile> {
  const stats = await handle.stat();
  const same = stats.ino === before?.ino && stats.dev === before.dev;
  // A second name may lie where others can still write to it. One that was taken away in between counts as well.
  const alone = stats.nlink === 1 && before?.nlink === 1;
  if (stats.isFile() && alone && same) return { opened: true, handle, bytes: stats.size };
  await handle.close();
  // Another file was put in its place between the two.
  if (!same || stats.nlink === 0) return { opened: false, path, what: 'changing' };
  return { opened: false, path, what: stats.isFile() ? 'a file with several hard links' : kindOf(stats) };
}

function kindOf(stats: Stats | null): string {
  if (!stats) return 'not there';
  if (stats.isFile()) return 'a regular file';
  if (stats.isDirectory()) return 'a directory';
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

/** Reads an open file from its start to its end, a piece at a time. Throws `file-too-large` beyond the limit. */
async function readPieces(handle: FileHandle, limit: number, use: (piece: Buffer) => void): Promise<number> {
  let [buffer, other] = [Buffer.allocUnsafe(READ_BYTES), Buffer.allocUnsafe(READ_BYTES)];
  let bytes = 0;
  let reading = handle.read(buffer, 0, READ_BYTES, 0);
  try {
    for (;;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return bytes;
      bytes += bytesRead;
      if (bytes > limit) throw tooLarge(limit);
      // The next piece is read while this one is used.
      reading = handle.read(other, 0, READ_BYTES, bytes);
      use(buffer.subarray(0, bytesRead));
      [buffer, other] = [other, buffer];
    }
  } finally {
    await reading.catch(() => undefined);
  }
}

export interface HashedFile {
  readonly sha256: Sha256;
  readonly bytes: number;
}

/** Hash and size of what an open file holds. */
export async function hashFile(handle: FileHandle, limit: number): Promise<HashedFile> {
  const hash = sha256Stream();
  const bytes = await readPieces(handle, limit, (piece) => hash.update(piece));
  return { sha256: digestOf(hash), bytes };
}

/** The same where nothing else waits for this thread: no piece changes the processor between reading and hashing. */
export function hashFileSync(descriptor: number, limit: number): HashedFile {
  const [hash, piece] = [sha256Stream(), Buffer.allocUnsafe(READ_BYTES)];
  for (let bytes = 0; ;) {
    const read = readSync(descriptor, piece, 0, READ_BYTES, bytes);
    if (read === 0) return { sha256: digestOf(hash), bytes };
    bytes += read;
    if (bytes > limit) throw tooLarge(limit);
    hash.update(piece.subarray(0, read));
  }
}

function tooLarge(limit: number): WatchError {
  return new WatchError('limit', 'file-too-large', `the file has more than ${limit} bytes`);
}

/** The whole content of an open file. */
export async function readFile(handle: FileHandle, limit: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  await readPieces(handle, limit, (piece) => pieces.push(Buffer.from(piece)));
  return Buffer.concat(pieces);
}

/** Permissions for what is made in a directory of ours. */
export interface Modes {
  readonly file: number;
  readonly directory: number;
}

const OURS: Modes = { file: 0o600, directory: 0o700 };

/**
 * For us only, unless the directory was set up to be shared: set-group-id and writable by its group, but not by
 * everybody. Then the service and a builder under another user may both write; their umask has to allow it.
 */
export function modesIn(directory: string): Modes {
  const mode = statSync(directory, { throwIfNoEntry: false })?.mode ?? 0;
  const shared = (mode & 0o2022) === 0o2020;
  return shared ? { file: 0o660, directory: 0o770 } : OURS;
}

/** Bytes that an ordinary user may still write on the file system of this directory. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** Removes a tree. `asRoot` is asked to where files are not ours; false: something is still there. */
export async function removeTree(path: string, asRoot?: (path: string) => Promise<unknown>): Promise<boolean> {
  const options = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 };
  try {
    await rm(path, options);
  } catch {
    await asRoot?.(path);
  }
  return lstat(path).then(
    () => false,
    () => true,
  );
}

export interface AtomicWrite {
  /** Default: for us only. */
  readonly modes?: Modes;
  /** Where it is written before it is moved; on the same file system. Default: beside its place. */
  readonly incoming?: string;
}

/**
 * Writes a file so that a reader, or a crash, finds either the old one or the whole new one: written and flushed
 * elsewhere, then moved, then the move itself flushed. Directories that it needs are made too.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  { modes = OURS, incoming = dirname(path) }: AtomicWrite = {},
): Promise<void> {
  for (const directory of [dirname(path), incoming]) await mkdir(directory, { recursive: true, mode: modes.directory });
  const temporary = join(incoming, `${basename(path)}.${process.pid}.${randomBytes(6).toString('hex')}.part`);
  try {
    const file = await open(temporary, 'wx', modes.file);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await flushDirectory(dirname(path));
}

async function flushDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
