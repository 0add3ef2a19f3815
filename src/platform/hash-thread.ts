import { read } from 'node:fs';
import { promisify } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { asWatchError, type ErrorKind } from '../domain/errors.ts';
import type { Sha256 } from '../domain/ids.ts';
import { hashPieces } from './files.ts';

/** A file that the one who asks has opened, and closes once this thread is over. */
export interface HashTask {
  readonly descriptor: number;
  readonly limit: number;
}

export type HashAnswer =
  | { readonly status: 'hashed'; readonly sha256: Sha256; readonly bytes: number }
  | { readonly status: 'failed'; readonly kind: ErrorKind; readonly code: string; readonly message: string };

const readAt = promisify(read);

async function answer({ descriptor, limit }: HashTask): Promise<HashAnswer> {
  try {
    const from = (piece: Buffer, position: number): Promise<{ bytesRead: number }> =>
      readAt(descriptor, piece, 0, piece.length, position);
    return { status: 'hashed', ...(await hashPieces(from, limit)) };
  } catch (thrown) {
    const { kind, code, message } = asWatchError(thrown);
    return { status: 'failed', kind, code, message };
  }
}

parentPort?.postMessage(await answer(workerData as HashTask));
