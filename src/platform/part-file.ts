import { randomBytes, type Hash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
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

/**
 * The growing beginning of a download, hashed as it grows. Its file is `<path>.<id>.<owner>.part`, and nobody else's. It
 * goes on after a break within one download only: what an earlier one left behind says what the server served then, and
 * the server alone would say that it is the same now. So it is removed.
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

  /** Begins anew, and removes what dead processes left beside it. */
  static async create(path: string): Promise<PartFile> {
    await mkdir(dirname(path), { recursive: true });
    for (const leftover of await abandoned(path)) await rm(leftover, { force: true });
    const part = new PartFile(path, randomBytes(6).toString('hex'));
    part.#file = await open(part.#name(), 'wx', 0o600);
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
   * The file is whole, under its own name. It is not forced to disk, which takes as long as writing gigabytes does: what
   * a power cut spoils was only kept to be looked at.
   */
  async finish(): Promise<{ sha256: Sha256; bytes: number }> {
    await this.flush();
    await this.#close();
    await rename(this.#name(), this.#path);
    return { sha256: digestOf(this.#hash), bytes: this.size };
  }

  async discard(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#close();
    await rm(this.#name(), { force: true });
  }

  #open(): FileHandle {
    if (!this.#file) throw new Error('the part is closed');
    return this.#file;
  }

  async #close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }

  #name(): string {
    return `${this.#path}.${this.#id}.${ownTag()}.part`;
  }
}

/** What was left of downloads to this path by those who are no more, and what older versions kept beside it. */
async function abandoned(path: string): Promise<string[]> {
  const directory = dirname(path);
  const prefix = `${basename(path)}.`;
  return (await readdir(directory))
    .filter((name) => name.startsWith(prefix) && isAbandoned(name.slice(prefix.length).split('.')))
    .map((name) => join(directory, name));
}

function isAbandoned(parts: readonly string[]): boolean {
  if (parts.length === 3 && parts[2] === 'part') return !isAlive(parts[1] ?? '');
  return (parts.length === 1 && parts[0] === 'kept') || (parts.length === 2 && parts[1] === 'meta');
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
