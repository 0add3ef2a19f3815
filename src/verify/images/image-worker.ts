import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { asWatchError, isOwnBug, type ErrorKind } from '../../domain/errors.ts';
import type { MeasuredImage } from '../../domain/measured-image.ts';
import { hashFileSync } from '../../platform/files.ts';
import { Budget } from './reading-budget.ts';
import { fileAccess } from './random-access.ts';
import { measureImage } from './measure-image.ts';
import { unpack } from './unpack.ts';

/** What one process is started for. */
export interface ImageTask {
  readonly task: 'measure';
  readonly path: string;
  /** A directory in which unpacked files without names may lie. */
  readonly scratch: string;
  readonly limitMs: number;
  readonly wanted: readonly string[];
  /** Nothing is wanted: give what the usual processors would make of it. */
  readonly usual?: boolean;
}

export type ImageAnswer =
  | { readonly status: 'ready' }
  | { readonly status: 'measured'; readonly measured: MeasuredImage }
  | { readonly status: 'failed'; readonly kind: ErrorKind; readonly code: string; readonly message: string };

async function measure({ path, scratch, limitMs, wanted, usual = false }: ImageTask): Promise<MeasuredImage> {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const budget = new Budget(limitMs);
    const { size } = fstatSync(descriptor);
    const unpacked = await unpack(fileAccess(descriptor, size), scratch, budget);
    try {
      const measured = measureImage(unpacked.members, wanted, budget, usual);
      return { ...hashFileSync(descriptor, size), ...measured };
    } finally {
      unpacked.close();
    }
  } finally {
    closeSync(descriptor);
  }
}

async function answer(task: ImageTask): Promise<ImageAnswer> {
  try {
    return { status: 'measured', measured: await measure(task) };
  } catch (thrown) {
    const { kind, code, message } = asWatchError(thrown);
    // A reader's surprise at strangers' bytes is a fact about them as well, but not one to be silent about.
    return { status: 'failed', kind: kind === 'bug' && !isOwnBug(thrown) ? 'malformed' : kind, code, message };
  }
}

process.on('message', (task: ImageTask) => {
  void answer(task).then((given) => process.send?.(given));
});
// Who asks ends it: a signal for all processes of the service would lose what is asked last.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
process.send?.({ status: 'ready' } satisfies ImageAnswer);
