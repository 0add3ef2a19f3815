import { asWatchError, WatchError } from '../domain/errors.ts';
import { BACKOFF, nextDelay } from '../domain/backoff.ts';
import type { Sha256 } from '../domain/ids.ts';
import type { ChunkSink, Http, HttpRequest, ResponseHead } from './http.ts';
import type { Deadline } from './deadline.ts';
import { PartFile, type Validator } from './part-file.ts';
import type { RetryDeps } from './retry.ts';

export interface DownloadRequest {
  readonly url: string;
  /** Where the whole file goes. Its directory is made; an older file is replaced at the very end. */
  readonly path: string;
  readonly maxBytes: number;
  /** Ends the download as a whole: all its connections, redirects, tries and pauses. */
  readonly deadline: Deadline;
  /**
   * Most bytes by what others say of this file, who may say more while it arrives: asked when an answer begins, and
   * after every mebibyte. `declared`: the length that this answer says it has; null: it says none.
   */
  readonly mostBytes?: (declared: number | null) => number;
  /** At most five times a second, and once at the end. */
  readonly onProgress?: (received: number, total: number | null, done: boolean) => void;
}

export interface Downloaded {
  readonly sha256: Sha256;
  readonly bytes: number;
  /** False: the file ended when the connection did, and may have been cut. */
  readonly delimited: boolean;
}

export interface DownloadDeps extends RetryDeps {
  readonly http: Pick<Http, 'stream'>;
  /** Milliseconds over which the pace is looked at. Default: five minutes. */
  readonly paceOverMs?: number;
}

/**
 * Anybody may name a URL in a proposal, and a server that trickles must not hold a verdict up until voting closes. The
 * deadline ends every transfer; one that is hopeless ends before. The pace is looked at over minutes: whatever never
 * pauses for the time of a stall makes progress.
 */
const REDIRECTS = 3;
const LEAST_BYTES_PER_SECOND = 64 * 1024;
const PACE_OVER_MS = 5 * 60_000;
/** A break after so much progress does not count as a failed try: long downloads break more often. */
const WORTHWHILE = 16 * 1024 * 1024;
const MAX_BREAKS = 50;
const PROGRESS_EVERY_MS = 200;
const CHECK_EVERY_BYTES = 1024 * 1024;

/**
 * Downloads a file and hashes it while it arrives. A broken transfer goes on where it broke if the server can promise
 * by a strong entity tag that the rest belongs to the beginning (RFC 9110, 13.1.5), else from the start. All bytes are
 * of this call: none of an earlier one is taken up. Throws WatchError, and then leaves nothing.
 */
export async function download(deps: DownloadDeps, request: DownloadRequest): Promise<Downloaded> {
  try {
    return await intoPart(deps, request, await PartFile.create(request.path));
  } catch (thrown) {
    return throwFileError(thrown);
  }
}

async function intoPart(deps: DownloadDeps, request: DownloadRequest, part: PartFile): Promise<Downloaded> {
  const { deadline } = request;
  try {
    let tries = 0;
    for (let breaks = 0; ; breaks += 1) {
      const before = part.size;
      const end = await transfer(deps, request, part);
      if (!(end instanceof WatchError)) {
        const done = await part.finish();
        request.onProgress?.(done.bytes, done.bytes, true);
        return { ...done, delimited: end.delimited };
      }
      tries = part.size - before >= WORTHWHILE ? 1 : tries + 1;
      const failed = { kind: end.kind, attempt: tries, retryAfterSeconds: end.retryAfter };
      const delay = breaks >= MAX_BREAKS ? null : nextDelay(BACKOFF.download, failed, deps.random());
      // A pause that ends after the whole does is not begun.
      if (delay === null || delay >= deadline.leftMs) throw end;
      await deps.clock.sleep(delay, deadline.signal);
    }
  } catch (thrown) {
    // What broke it says more than what keeps us from tidying up after it.
    await part.discard().catch(() => undefined);
    throw thrown;
  }
}

/** One connection's worth. Gives what broke it, or the head of the answer that came to its end. */
async function transfer(
  { http, clock, paceOverMs: overMs = PACE_OVER_MS }: DownloadDeps,
  request: DownloadRequest,
  part: PartFile,
): Promise<WatchError | ResponseHead> {
  const { onProgress } = request;
  if (part.validator && part.size >= part.validator.length) await part.restart(null);
  const known = part.size > 0 ? part.validator : null;
  if (!known && part.size > 0) await part.restart(null);
  let bound = new LengthBound(request, null);
  let told = 0;
  const tell: ChunkSink = (chunk) => {
    bound.check(part.size + chunk.length);
    const wait = takeIn(part, chunk)?.catch(throwFileError);
    if (onProgress && clock.now() - told >= PROGRESS_EVERY_MS) {
      told = clock.now();
      onProgress(part.size, bound.declared, false);
    }
    return wait;
  };
  const open = async (head: ResponseHead): Promise<ChunkSink> => {
    await prepare(part, known, head, request).catch(throwFileError);
    const length = part.size + lengthOf(head);
    bound = new LengthBound(request, Number.isNaN(length) ? null : length);
    return tell;
  };
  try {
    return await http.stream(asked(request, part, known, overMs), open);
  } catch (thrown) {
    return asWatchError(thrown);
  }
}

/** The whole file, or what is still to come of it. */
function asked(
  { url, maxBytes, deadline }: DownloadRequest,
  { size }: PartFile,
  known: Validator | null,
  overMs: number,
): HttpRequest {
  const leastPace = { bytesPerSecond: LEAST_BYTES_PER_SECOND, overMs };
  return {
    url,
    headers: known ? { range: `bytes=${size}-`, 'if-range': known.etag } : {},
    accept: known ? [200, 206, 416] : [200],
    limits: { bytes: maxBytes, redirects: REDIRECTS, totalMs: null, leastPace },
    signal: deadline.signal,
  };
}

/** Cuts a body that grows beyond what the same file has elsewhere. */
class LengthBound {
  readonly declared: number | null;
  readonly #request: DownloadRequest;
  #most = Infinity;
  #askedAt = -Infinity;

  constructor(request: DownloadRequest, declared: number | null) {
    this.#request = request;
    this.declared = declared;
    if (declared !== null) this.check(declared);
    this.#askedAt = -Infinity;
  }

  check(size: number): void {
    const { mostBytes, url } = this.#request;
    if (size >= this.#askedAt + CHECK_EVERY_BYTES) {
      this.#most = mostBytes?.(this.declared) ?? Infinity;
      this.#askedAt = size;
    }
    if (Math.max(size, this.declared ?? 0) <= this.#most) return;
    const told = `${url} sends more than ${this.#most} bytes, which is longer than the same file elsewhere`;
    throw new WatchError('limit', 'too-many-bytes', told);
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
function validatorOf(url: string, head: ResponseHead): Validator | null {
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
  if (error.kind === 'storage' || (error.kind === 'host' && error.code !== 'not-permitted')) throw error;
  throw new WatchError('input', 'file-not-writable', thrown.message, { cause: thrown });
}
