import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { WatchError } from '../domain/errors.ts';
import { hashFile, type HashedFile } from './files.ts';
import type { HashAnswer, HashTask } from './hash-thread.ts';
import { createLimiter } from './limiter.ts';
import { moduleBeside } from './module-beside.ts';

const THREAD = moduleBeside(import.meta.url, 'hash-thread');

/** What is smaller is hashed before a thread for it has started. */
const WORTH_A_THREAD = 32 * 1024 * 1024;
/** Each takes some 20 MB while it is there, and verifying shall never take more than 200. */
const inTurn = createLimiter(2);

export interface HashOptions {
  /** Ends the hashing of a large file. */
  readonly signal?: AbortSignal;
  /** What the thread runs. */
  readonly thread?: URL;
}

/**
 * Hash and size of an open file with one name, which nobody changed meanwhile; a large one's in a thread of its own.
 * Throws `file-changed`, and whatever keeps the thread from its answer.
 */
export async function hashUnchanged(handle: FileHandle, limit: number, options: HashOptions = {}): Promise<HashedFile> {
  const before = await handle.stat({ bigint: true });
  const hashed =
    before.size < WORTH_A_THREAD
      ? await hashFile(handle, limit)
      : await inTurn(() => hashApart({ descriptor: handle.fd, limit }, options));
  const after = await handle.stat({ bigint: true });
  if (isUnchanged(before, after) && after.size === BigInt(hashed.bytes)) return hashed;
  throw new WatchError('rejected', 'file-changed', 'the file changed while it was hashed');
}

/** The time of the last change of any kind is the kernel's own: nobody can set it back. */
function isUnchanged(before: BigIntStats, after: BigIntStats): boolean {
  const same = (['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const).every((key) => before[key] === after[key]);
  return same && before.nlink === 1n && after.nlink === 1n && after.isFile();
}

/** The caller keeps the descriptor open until this has settled, which is after the thread's end. */
async function hashApart(task: HashTask, { signal, thread: file = THREAD }: HashOptions): Promise<HashedFile> {
  if (signal?.aborted) throw stopped();
  // Without our environment, arguments or standard streams: it has no business with them.
  const thread = new Worker(file, { workerData: task, env: {}, argv: [], execArgv: [], stdout: true, stderr: true });
  try {
    const answer = await answerOf(thread, signal);
    if (answer.status === 'hashed') return { sha256: answer.sha256, bytes: answer.bytes };
    throw new WatchError(answer.kind, answer.code, answer.message);
  } finally {
    await thread.terminate();
  }
}

function answerOf(thread: Worker, signal: AbortSignal | undefined): Promise<HashAnswer> {
  let stop = (): void => undefined;
  const answer = new Promise<HashAnswer>((resolve, reject) => {
    const lost = (cause?: unknown): void =>
      reject(new WatchError('host', 'hash-thread-lost', 'The hashing thread gave no answer.', { cause }));
    thread
      .once('message', resolve)
      .on('error', lost)
      .once('exit', () => lost());
    stop = () => reject(stopped());
    signal?.addEventListener('abort', stop);
  });
  return answer.finally(() => signal?.removeEventListener('abort', stop));
}

function stopped(): WatchError {
  return new WatchError('transport', 'hash-stopped', 'stopped while it was hashed');
}
