import { asWatchError, WatchError } from '../../domain/errors.ts';
import { unavailable, type Observed, type Unavailable } from '../../domain/evidence.ts';
import type { Blobs, CollectContext } from '../../domain/ports.ts';
import type { Clock } from '../../platform/clock.ts';
import { wholeTransferMs } from '../../platform/deadline.ts';
import type { Http, HttpResponse } from '../../platform/http.ts';
import { withRetry, type RetryDeps } from '../../platform/retry.ts';

/** What every collector of published facts needs. */
export interface WebDeps extends RetryDeps {
  readonly http: Http;
  readonly clock: Clock;
  /** Keeps the raw bytes of small answers beside what was read from them. */
  readonly blobs: Blobs;
  /** From it follows how long all tries of one transfer may take together. */
  readonly stallTimeoutMs: number;
}

const REDIRECTS = 3;

/**
 * A small file as it is now: never from a cache of ours, and none on the way is asked for. An answer that does not tell
 * where it ends is only believed when it comes twice.
 */
export function getFresh(
  deps: WebDeps,
  url: string,
  maxBytes: number,
  context: Pick<CollectContext, 'signal'>,
): Promise<HttpResponse> {
  return get(deps, url, maxBytes, { ...context, believes: ({ delimited }) => delimited });
}

/**
 * The same for a file whose bytes can accuse somebody: it has to come twice, since one answer out of place (a page of a
 * box on the way, another release's file) would be told as a contradiction within seconds.
 */
export function getTwice(
  deps: WebDeps,
  url: string,
  maxBytes: number,
  context: Pick<CollectContext, 'signal'>,
): Promise<HttpResponse> {
  return get(deps, url, maxBytes, { ...context, believes: () => false });
}

interface Asking extends Pick<CollectContext, 'signal'> {
  /** Of a single answer. */
  readonly believes: (answer: HttpResponse) => boolean;
}

function get(
  { http, stallTimeoutMs, ...retry }: WebDeps,
  url: string,
  maxBytes: number,
  { signal: outer, believes }: Asking,
): Promise<HttpResponse> {
  const limits = { bytes: maxBytes, redirects: REDIRECTS, totalMs: null };
  const once = (signal: AbortSignal): Promise<HttpResponse> =>
    http.request({ url, headers: { 'cache-control': 'no-cache' }, limits, signal });
  const whole = async (signal: AbortSignal): Promise<HttpResponse> => {
    const first = await once(signal);
    if (believes(first) || Buffer.compare(first.body, (await once(signal)).body) === 0) return first;
    if (first.delimited) throw new WatchError('transport', 'two-answers', `${url} gave two different answers`);
    throw new WatchError(
      'transport',
      'short-body',
      `${url} does not announce its length, and ended in two different places`,
    );
  };
  return withRetry(whole, retry, { totalMs: wholeTransferMs(stallTimeoutMs, maxBytes), what: url, signal: outer });
}

/** A failure of the outside world as an observation. A server that says that there is no such thing is believed. */
export function unavailableFrom(thrown: unknown, source: string, now: number): Unavailable {
  const { kind, code, message } = asWatchError(thrown);
  const absent = code === 'http-404' || code === 'http-410';
  return unavailable(absent ? 'absent' : kind, code, message, source, now);
}

/** An observed value, with its raw bytes kept. */
export async function observedWith<T>(
  { clock, blobs }: WebDeps,
  value: T,
  source: string,
  raw: Uint8Array,
): Promise<Observed<T>> {
  return { status: 'observed', value, source, observedAt: clock.now(), file: await blobs.put(raw) };
}
