import { asWatchError, WatchError } from '../domain/errors.ts';
import { nextDelay } from '../domain/retry.ts';
import type { Sha256 } from '../domain/ids.ts';
import type { ChunkSink, Http, ResponseHead } from './http.ts';
import { PartFile, type Validator } from './part-file.ts';
import type { RetryDeps } from './retry.ts';

export interface DownloadRequest {
  readonly url: string;
  /** Where the whole file goes. Its directory is made; an older file is replaced at the very end. */
  readonly path: string;
  readonly maxBytes: number;
  /** Do not take up what an earlier download left behind. */
  readonly afresh?: boolean;
  readonly signal?: AbortSignal;
  /** At most five times a second, and once at the end. */
  readonly onProgress?: (received: number, total: number | null, done: boolean) => void;
}

export interface Downloaded {
  readonly sha256: Sha256;
  readonly bytes: number;
  /** null: the server gave no strong entity tag, so that the file can neither be resumed nor used again. */
  readonly validator: Validator | null;
  /** False: the file ended when the connection did, and may have been cut. */
  readonly delimited: boolean;
}

export interface DownloadDeps extends RetryDeps {
  readonly http: Pick<Http, 'stream'>;
  /** Milliseconds over which the pace is looked at. Default: five minutes. */
  readonly paceOverMs?: number;
}

/**
 * Anybody may name a URL in a proposal, and a server that trickles must not hold a verdict up until voting closes. No
 * line as slow as this could feed a build; the six hours end a server that keeps just above it. The pace is looked at
 * over minutes: whatever never pauses for the time of a stall makes progress.
 */
const LIMITS = { redirects: 3, totalMs: 6 * 3_600_000 };
const LEAST_BYTES_PER_SECOND = 64 * 1024;
const PACE_OVER_MS = 5 * 60_000;
/** A break after so much progress does not count as a failed try: long downloads break more often. */
const WORTHWHILE = 16 * 1024 * 1024;
const MAX_BREAKS = 50;
const PROGRESS_EVERY_MS = 200;

/**
 * Downloads a file and hashes it while it arrives. A broken transfer goes on where it broke if the server can promise
 * by a strong entity tag that the rest belongs to the beginning (RFC 9110, 13.1.5), else from the start.
 * Throws WatchError; what had come is kept for the next call.
 */
export async function download(deps: DownloadDeps, request: DownloadRequest): Promise<Downloaded> {
  try {
    const { path, url, signal } = request;
    const part = await (request.afresh ? PartFile.create(path) : PartFile.claim(path, url, signal));
    return await intoPart(deps, request, part);
  } catch (thrown) {
    return throwFileError(thrown);
  }
}

async function intoPart(deps: DownloadDeps, request: DownloadRequest, part: PartFile): Promise<Downloaded> {
  try {
    let tries = 0;
    for (let breaks = 0; ; breaks += 1) {
      const before = part.size;
      const end = await transfer(deps, request, part);
      if (!(end instanceof WatchError)) {
        const done = await part.finish();
        request.onProgress?.(done.bytes, done.bytes, true);
        return { ...done, validator: part.validator, delimited: end.delimited };
      }
      tries = part.size - before >= WORTHWHILE ? 1 : tries + 1;
      const failed = { kind: end.kind, attempt: tries, retryAfterSeconds: end.retryAfter };
      const delay = request.signal?.aborted || breaks >= MAX_BREAKS ? null : nextDelay(failed, deps.random());
      if (delay === null) throw end;
      await deps.clock.sleep(delay, request.signal);
    }
  } catch (thrown) {
    await part.release().catch(() => part.discard());
    throw thrown;
  }
}

/** One connection's worth. Gives what broke it, or the head of the answer that came to its end. */
async function transfer(
  { http, clock, paceOverMs: overMs = PACE_OVER_MS }: DownloadDeps,
  request: DownloadRequest,
  part: PartFile,
): Promise<WatchError | ResponseHead> {
  if (part.validator && part.size >= part.validator.length) await part.restart(null);
  const known = part.size > 0 ? part.validator : null;
  if (!known && part.size > 0) await part.restart(null);
  let total = NaN;
  let told = 0;
  const tell: ChunkSink = (chunk) => {
    const wait = takeIn(part, chunk)?.catch(throwFileError);
    if (request.onProgress && clock.now() - told >= PROGRESS_EVERY_MS) {
      told = clock.now();
      request.onProgress(part.size, Number.isNaN(total) ? null : total, false);
    }
    return wait;
  };
  const open = async (head: ResponseHead): Promise<ChunkSink> => {
    await prepare(part, known, head, request).catch(throwFileError);
    total = part.size + lengthOf(head);
    return tell;
  };
  const { url, maxBytes, signal } = request;
  try {
    return await http.stream(
      {
        url,
        headers: known ? { range: `bytes=${part.size}-`, 'if-range': known.etag } : {},
        accept: known ? [200, 206, 416] : [200],
        limits: { ...LIMITS, bytes: maxBytes, leastPace: { bytesPerSecond: LEAST_BYTES_PER_SECOND, overMs } },
        ...(signal ? { signal } : {}),
      },
      open,
    );
  } catch (thrown) {
    return asWatchError(thrown);
  }
}

/** Makes the part ready for this answer. */
async function prepare(
  part: PartFile,
  known: Validator | null,
  head: ResponseHead,
  { url, maxBytes }: DownloadRequest,
): Promise<void> {
  if (head.status === 200) return part.restart(validatorOf(url, head));
  if (!known || !continues(head, part.size, known)) {
    await part.restart(null);
    throw new WatchError('transport', 'range-not-honoured', `${url} did not go on where the transfer broke`);
  }
  if (known.length > maxBytes)
    throw new WatchError('limit', 'too-many-bytes', `${url} has more than ${maxBytes} bytes`);
}

/** The answer holds exactly the rest of what the validator names (RFC 9110, 14.4 and 15.3.7). */
function continues({ status, headers }: ResponseHead, from: number, { etag, length }: Validator): boolean {
  const range = `bytes ${from}-${length - 1}/${length}`;
  return status === 206 && headers['content-range'] === range && headers['etag'] === etag;
}

/** What the head of a whole answer promises, where it promises enough: a strong tag and a length. */
export function validatorOf(url: string, head: ResponseHead): Validator | null {
  const { etag } = head.headers;
  const length = lengthOf(head);
  return etag !== undefined && /^"[^"]*"$/.test(etag) && length > 0 ? { url, etag, length } : null;
}

/**
 * Copies a piece and frees its memory, where it fills a buffer of its own. Left to the collector, every 32 MiB of them
 * cost a walk over the whole heap: a quarter of a download's processor time, and 60 MiB of memory.
 */
function takeIn(part: PartFile, chunk: Uint8Array): void | Promise<void> {
  const wait = part.append(chunk);
  if (chunk.buffer instanceof ArrayBuffer && chunk.byteLength === chunk.buffer.byteLength) chunk.buffer.transfer(0);
  return wait;
}

/** NaN where the answer does not say. */
function lengthOf({ headers }: ResponseHead): number {
  return Number(headers['content-length'] ?? NaN);
}

/** Trouble with our own disk is the operator's to mend, not the server's. */
function throwFileError(thrown: unknown): never {
  if (thrown instanceof WatchError || !(thrown instanceof Error) || !('syscall' in thrown)) throw thrown;
  const error = asWatchError(thrown);
  if (error.kind === 'storage') throw error;
  throw new WatchError('input', 'file-not-writable', thrown.message, { cause: thrown });
}
