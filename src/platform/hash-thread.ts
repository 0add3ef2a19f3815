import { parentPort, workerData } from 'node:worker_threads';
import { asWatchError, type ErrorKind } from '../domain/errors.ts';
import type { Sha256 } from '../domain/ids.ts';
import { hashFileSync } from './files.ts';

/** A file that the one who asks has opened, and closes once this thread is over. */
export interface HashTask {
  readonly descriptor: number;
  readonly limit: number;
}

export type HashAnswer =
  | { readonly status: 'hashed'; readonly sha256: Sha256; readonly bytes: number }
  | { readonly status: 'failed'; readonly kind: ErrorKind; readonly code: string; readonly message: string };

function answer({ descriptor, limit }: HashTask): HashAnswer {
  try {
    return { status: 'hashed', ...hashFileSync(descriptor, limit) };
  } catch (thrown) {
    const { kind, code, message } = asWatchError(thrown);
    return { status: 'failed', kind, code, message };
  }
}

parentPort?.postMessage(answer(workerData as HashTask));
