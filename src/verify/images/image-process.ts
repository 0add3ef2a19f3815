import { setPriority } from 'node:os';
import { WatchError } from '../../domain/errors.ts';
import type { MeasuredImage } from '../../domain/measured-image.ts';
import { startHelper } from '../../platform/exec.ts';
import { moduleBeside } from '../../platform/module-beside.ts';
import type { ImageAnswer, ImageTask } from './image-worker.ts';

const WORKER = moduleBeside(import.meta.url, 'image-worker');
/** Of V8; with a window of zstd and what lies outside of V8, the process has less than 256 MiB. */
const HEAP_MEGABYTES = 96;
/** For what is small, whatever it is made to cost. */
const LEAST_MS = 10_000;
/** An honest image is read quicker by far, also on a busy machine. */
const BYTES_PER_MS = 15_000;
/** Its own budget ends it; this is for one that no longer counts. */
const LATE_MS = 5_000;

/** How long the reading of an image of so many packed bytes may take. */
export function readingLimitMs(packed: number): number {
  return LEAST_MS + Math.ceil(packed / BYTES_PER_MS);
}

/** Has one image read in a process of its own that holds no secret, and that the rest of the machine goes before. */
export async function readImage(task: ImageTask, signal: AbortSignal): Promise<MeasuredImage> {
  const answered = await answerOf(task, signal);
  if (answered.status === 'measured') return answered.measured;
  throw new WatchError(answered.kind, answered.code, answered.message);
}

type Final = Exclude<ImageAnswer, { status: 'ready' }>;

function answerOf(task: ImageTask, signal: AbortSignal): Promise<Final> {
  const helper = startHelper(WORKER, HEAP_MEGABYTES);
  const done = Promise.withResolvers<Final>();
  const failed = (kind: 'limit' | 'host', code: string, message: string): void =>
    done.resolve({ status: 'failed', kind, code, message });
  const cancel = (): void => failed('host', 'image-reading-cancelled', 'The reading of the image was broken off.');
  const timer = setTimeout(
    () => failed('limit', 'image-takes-too-long', 'Its reading takes too long.'),
    task.limitMs + LATE_MS,
  );
  if (helper.pid !== undefined) setPriority(helper.pid, 10);
  helper.on('message', (answer: ImageAnswer) => {
    if (answer.status === 'ready') helper.send(task, (error) => error && helper.emit('error', error));
    else done.resolve(answer);
  });
  helper.on('error', (thrown) =>
    failed('host', 'image-reader-lost', `The reading process was lost: ${thrown.message}`),
  );
  helper.on('exit', (_code, killedBy) => {
    // V8 ends its process so where there is no more memory.
    if (killedBy === 'SIGABRT') failed('limit', 'image-takes-too-much-memory', 'Its reading takes too much memory.');
    else failed('host', 'image-reader-lost', 'The reading process ended without an answer.');
  });
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  return done.promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
    helper.kill('SIGKILL');
  });
}
