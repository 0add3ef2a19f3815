import { randomBytes, type Hash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Sha256 } from '../domain/ids.ts';
import { digestOf, sha256Stream } from './hash.ts';
import { isAlive, ownTag } from './process-tag.ts';

/**
 * With 64 KiB the hand-over to the disk's threads shows; with 1 MiB the kernel takes large pages, which cost it four
 * times the processor time of writing where a virtual machine's host has to find them first.
 */
const BLOCK = 256 * 1024;
/** How far the disk may be behind. */
const BLOCKS = 8;

/** What must not have changed for the rest of a file to belong to its beginning. */
export interface Validator {
  readonly url: string;
  /** A strong entity tag, with its quotes (RFC 9110, 8.8.3). */
  readonly etag: string;
  readonly length: number;
}

/** Tag of a part that its owner laid down in order; a dead owner's part may be taken up just as well. */
const FREE = 'free';

/**
 * The growing beginning of a download, hashed as it grows. Its file is `<path>.<id>.<owner>.part`; taking it up is one
 * rename, which of several processes only one can win, so that nobody writes to another's file.
 */
export class PartFile {
  /** Bytes taken in, written or about to be. */
  size = 0;
  validator: Validator | null = null;

  readonly #path: string;
  readonly #id: string;
  #file: FileHandle | null = null;
  #hash: Hash = sha256Stream();
  #block = Buffer.allocUnsafe(BLOCK);
  /** Blocks that are neither filled nor being written. */
  readonly #idle = Array.from({ length: BLOCKS - 1 }, () => Buffer.allocUnsafe(BLOCK));
  #filled = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, id: string) {
    this.#path = path;
    this.#id = id;
  }

  /** Takes up what an earlier download of the same URL left behind; begins anew where there is nothing. */
  static async claim(path: string, url: string, signal?: AbortSignal): Promise<PartFile> {
    await mkdir(dirname(path), { recursive: true });
    for (const { id, file } of await abandoned(path)) {
      const part = new PartFile(path, id);
      const won = await rename(file, part.#name(ownTag())).then(
        () => true,
        () => false,
      );
      if (!won) continue;
      if (await part.#takeUp(url, signal).catch(() => false)) return part;
      await part.discard();
    }
    return PartFile.create(path);
  }

  static async create(path: string): Promise<PartFile> {
    await mkdir(dirname(path), { recursive: true });
    const part = new PartFile(path, randomBytes(6).toString('hex'));
    part.#file = await open(part.#name(ownTag()), 'wx', 0o600);
    return part;
  }

  /** Forgets everything that came so far; the validator is that of what comes next. */
  async restart(validator: Validator | null): Promise<void> {
    await this.#writing;
    await this.#open().truncate(0);
    this.#hash = sha256Stream();
    this.size = 0;
    this.#filled = 0;
    this.validator = validator;
    if (validator) await writeFile(this.#meta(), JSON.stringify(validator), { mode: 0o600 });
    else await rm(this.#meta(), { force: true });
  }

  /** Copies bytes. Gives a promise only when the disk is behind, so that small pieces cost no turn of the loop. */
  append(chunk: Uint8Array): void | Promise<void> {
    const now = chunk.subarray(0, BLOCK - this.#filled);
    this.#block.set(now, this.#filled);
    this.#filled += now.length;
    this.size += now.length;
    if (this.#filled < BLOCK) return undefined;
    const room = this.#handOver();
    const rest = chunk.subarray(now.length);
    if (!room) return rest.length > 0 ? this.append(rest) : undefined;
    const later = Uint8Array.from(rest);
    return room.then(() => (later.length > 0 ? this.append(later) : undefined));
  }

  /** Everything that came is written. */
  async flush(): Promise<void> {
    await this.#handOver();
    await this.#writing;
  }

  /** Hashes the block and queues it for the disk. Gives a promise where there is no other one to fill. */
  #handOver(): void | Promise<void> {
    const [block, file, position] = [this.#block, this.#open(), this.size - this.#filled];
    const bytes = block.subarray(0, this.#filled);
    this.#filled = 0;
    this.#hash.update(bytes);
    const written = this.#writing.then(() => writeAll(file, bytes, position));
    this.#writing = written.then(() => void this.#idle.push(block));
    // Whoever awaits it next hears of the failure; until then it is nobody's unhandled rejection.
    this.#writing.catch(() => undefined);
    const next = this.#idle.pop();
    if (!next) return this.#writing.then(() => void (this.#block = this.#idle.pop() ?? Buffer.allocUnsafe(BLOCK)));
    this.#block = next;
    return undefined;
  }

  /**
   * The file is whole, under its own name. It is not forced to disk, which takes as long as writing gigabytes does:
   * whoever finds it later hashes it again, so that what a power cut spoils is only downloaded once more.
   */
  async finish(): Promise<{ sha256: Sha256; bytes: number }> {
    await this.flush();
    await this.#close();
    await rename(this.#name(ownTag()), this.#path);
    await rm(this.#meta(), { force: true });
    return { sha256: digestOf(this.#hash), bytes: this.size };
  }

  /** Keeps what came for the next time, where there can be one. */
  async release(): Promise<void> {
    if (!this.validator || this.size === 0) return this.discard();
    await this.flush();
    await this.#close();
    await rename(this.#name(ownTag()), this.#name(FREE));
  }

  async discard(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#close();
    await rm(this.#name(ownTag()), { force: true });
    await rm(this.#meta(), { force: true });
  }

  async #takeUp(url: string, signal: AbortSignal | undefined): Promise<boolean> {
    this.#file = await open(this.#name(ownTag()), 'r+');
    const validator = parseValidator(await readFile(this.#meta(), 'utf8').catch(() => ''));
    if (validator?.url !== url) return false;
    // At least the last byte is asked for again: an empty range cannot be.
    const usable = Math.min((await this.#file.stat()).size, validator.length - 1);
    await this.#file.truncate(Math.max(usable, 0));
    this.size = await feedHash(this.#hash, this.#file, usable, signal);
    this.validator = validator;
    return this.size > 0;
  }

  #open(): FileHandle {
    if (!this.#file) throw new Error('the part is closed');
    return this.#file;
  }

  async #close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }

  #name(owner: string): string {
    return `${this.#path}.${this.#id}.${owner}.part`;
  }

  #meta(): string {
    return `${this.#path}.${this.#id}.meta`;
  }
}

/** Parts of this path that nobody works on, the longest first. */
async function abandoned(path: string): Promise<{ id: string; file: string }[]> {
  const directory = dirname(path);
  const prefix = `${basename(path)}.`;
  const found: { id: string; file: string; size: number }[] = [];
  for (const name of await readdir(directory)) {
    const [id, owner, end, more] = name.startsWith(prefix) ? name.slice(prefix.length).split('.') : [];
    if (!id || !owner || end !== 'part' || more !== undefined || (owner !== FREE && isAlive(owner))) continue;
    const file = join(directory, name);
    found.push({ id, file, size: (await stat(file).catch(() => null))?.size ?? 0 });
  }
  return found.sort((a, b) => b.size - a.size);
}

/** Adds the first bytes of an open file to a hash. Gives how many those were: fewer when it is told to stop. */
async function feedHash(hash: Hash, file: FileHandle, bytes: number, signal?: AbortSignal): Promise<number> {
  const block = Buffer.allocUnsafe(BLOCK);
  let position = 0;
  while (position < bytes && !signal?.aborted) {
    const { bytesRead } = await file.read(block, 0, Math.min(BLOCK, bytes - position), position);
    if (bytesRead === 0) break;
    hash.update(block.subarray(0, bytesRead));
    position += bytesRead;
  }
  return position;
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** The validator that was written beside a file; null when it is damaged. */
export function parseValidator(text: string): Validator | null {
  try {
    const value = JSON.parse(text) as Partial<Validator> | null;
    if (typeof value?.url !== 'string' || typeof value.etag !== 'string') return null;
    if (!Number.isSafeInteger(value.length) || (value.length ?? 0) < 1) return null;
    return value as Validator;
  } catch {
    return null;
  }
}
