import { type Dispatcher, request as undiciRequest } from 'undici';
import { asWatchError, WatchError } from '../domain/errors.ts';
import { allowedUrl } from './address.ts';
import type { Clock } from './clock.ts';
import {
  type AgentOptions,
  createAgent,
  parseRetryAfter,
  type Phase,
  statusError,
  transportError,
} from './http-agent.ts';
import { type Pace, TransferWatch } from './http-watch.ts';

/** Everything is bounded; there are no defaults, so that nobody forgets. */
export interface Limits {
  /** Most bytes of a body. */
  readonly bytes: number;
  readonly redirects: number;
  /** Most milliseconds for all of it; null where only a stall ends it. */
  readonly totalMs: number | null;
  /** A body that comes slower counts as stalled. Default: a single byte is progress. */
  readonly leastPace?: Pace;
}

export interface HttpRequest {
  readonly url: string;
  /** What errors call it, where the URL itself is a secret (those of chat webhooks are). Default: the URL. */
  readonly shownAs?: string;
  /** Default GET. Redirects are followed for GET and HEAD only. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly limits: Limits;
  readonly signal?: AbortSignal;
  /** Statuses that are an answer; any other is thrown as `http-<status>`. Default 200. */
  readonly accept?: readonly number[] | 'any';
}

export interface ResponseHead {
  readonly status: number;
  /** After redirects. */
  readonly url: string;
  /** Names in lower case; of repeated ones the last. */
  readonly headers: Readonly<Record<string, string>>;
  /** The answer tells where it ends. If not, a body that was cut looks like a whole one (RFC 9112, 6.3). */
  readonly delimited: boolean;
}

export interface HttpResponse extends ResponseHead {
  readonly body: Uint8Array;
}

/** Takes the bytes of one body in order, each piece for good; the next come when the promise is done. */
export type ChunkSink = (chunk: Uint8Array) => void | Promise<void>;

/**
 * Requests to the outside. Throws WatchError only: `url-not-allowed`, `address-not-allowed`, `connection-failed`,
 * `tls-failed`, `malformed-http`, `stalled`, `short-body`, `encoded-body`, `too-many-bytes`, `too-many-redirects`,
 * `out-of-time`, `cancelled`, `http-<status>`.
 */
export interface Http {
  request: (request: HttpRequest) => Promise<HttpResponse>;
  /** `open` sees the head of the answer and gives the sink for its body. */
  stream: (request: HttpRequest, open: (head: ResponseHead) => Promise<ChunkSink>) => Promise<ResponseHead>;
  close: () => Promise<void>;
}

export interface HttpOptions extends AgentOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly userAgent: string;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Headers that belong to one host only. */
const CREDENTIALS = new Set(['authorization', 'cookie', 'proxy-authorization']);

export function createHttp(options: HttpOptions): Http {
  const dispatcher = createAgent(options);
  const stream: Http['stream'] = (request, open) => exchange(request, open, dispatcher, options);
  return {
    stream,
    request: async (request) => {
      const chunks: Uint8Array[] = [];
      const head = await stream(request, async () => (chunk) => {
        chunks.push(chunk);
      });
      return { ...head, body: Buffer.concat(chunks) };
    },
    close: () => dispatcher.destroy(),
  };
}

async function exchange(
  request: HttpRequest,
  open: (head: ResponseHead) => Promise<ChunkSink>,
  dispatcher: Dispatcher,
  options: HttpOptions,
): Promise<ResponseHead> {
  let url = allowedUrl(request.url, request.shownAs, options.ownHosts);
  let headers = headersOf(request, options.userAgent);
  let phase: Phase = 'before-answer';
  const { totalMs, redirects, leastPace } = request.limits;
  const watch = new TransferWatch(nameOf(request, url), {
    stallMs: options.stallTimeoutMs,
    leastPace,
    totalMs,
    signal: request.signal,
  });
  try {
    for (let hops = 0; ; hops += 1) {
      const answer = await ask(request, url, headers, watch, dispatcher);
      const head = headOf(request, url, answer);
      const next = redirectTarget(request, head);
      if (next === null) {
        phase = 'in-body';
        await deliver({ request, head, body: answer.body, open, watch, now: options.clock.now() });
        return head;
      }
      answer.body.destroy();
      if (hops >= redirects)
        throw new WatchError('limit', 'too-many-redirects', `${nameOf(request, url)} redirects on`);
      const target = allowedUrl(next, request.shownAs, options.ownHosts);
      if (target.host !== url.host) headers = withoutCredentials(headers);
      url = target;
    }
  } catch (thrown) {
    throw watch.reason ?? transportError(thrown, phase, url);
  } finally {
    watch.stop();
  }
}

async function ask(
  { method = 'GET', body }: HttpRequest,
  url: URL,
  headers: Record<string, string>,
  watch: TransferWatch,
  dispatcher: Dispatcher,
): Promise<Dispatcher.ResponseData> {
  const asking = undiciRequest(url, { method, headers, body: body ?? null, signal: watch.signal, dispatcher });
  const answer = await watch.unlessBroken(asking, (late) => late.body.on('error', () => undefined).destroy());
  // A body that nobody reads any more may still break; that is no news.
  answer.body.on('error', () => undefined);
  watch.progress();
  return answer;
}

interface Delivery {
  readonly request: HttpRequest;
  readonly head: ResponseHead;
  readonly body: AsyncIterable<Uint8Array> & { destroy: () => unknown };
  readonly open: (head: ResponseHead) => Promise<ChunkSink>;
  readonly watch: TransferWatch;
  readonly now: number;
}

/** Lets the body flow into the sink, and sees to it that it is whole and not more than allowed. */
async function deliver({ request, head, body, open, watch, now }: Delivery): Promise<void> {
  const { accept = [200], limits } = request;
  const name = nameOf(request, head.url);
  try {
    if (accept !== 'any' && !accept.includes(head.status)) {
      throw statusError(head.status, name, parseRetryAfter(head.headers['retry-after'], now));
    }
    const expected = bodyLength(request.method, head, name);
    if (expected !== null && expected > limits.bytes) throw tooMany(name, limits);
    const sink = await watch.during(open(head)).catch(throwOurs);
    let received = 0;
    for await (const chunk of body) {
      watch.progress(chunk.length);
      received += chunk.length;
      if (received > limits.bytes) throw tooMany(name, limits);
      const taken = sink(chunk);
      if (taken) await watch.during(taken).catch(throwOurs);
    }
    if (expected !== null && received !== expected) {
      throw new WatchError('transport', 'short-body', `${name}: ${received} of ${expected} bytes came`);
    }
  } finally {
    body.destroy();
  }
}

/** Trouble of the one who takes the bytes must not look like trouble on the way. */
function throwOurs(thrown: unknown): never {
  throw asWatchError(thrown);
}

/** Length of the body that this answer must have; null where it ends in another way. */
function bodyLength(method: string | undefined, { status, headers }: ResponseHead, name: string): number | null {
  if (isBodiless(method, status)) return 0;
  const encoding = headers['content-encoding']?.trim() ?? '';
  if (!/^(?:identity)?$/i.test(encoding)) {
    throw new WatchError('malformed', 'encoded-body', `${name} sent ${encoding}, which was not asked for`);
  }
  return declaredLength(headers);
}

function isBodiless(method: string | undefined, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304;
}

function declaredLength(headers: ResponseHead['headers']): number | null {
  const length = headers['content-length'];
  return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : null;
}

function headOf({ method }: HttpRequest, url: URL, answer: Dispatcher.ResponseData): ResponseHead {
  const status = answer.statusCode;
  const headers = flat(answer.headers);
  const chunked = /\bchunked\s*$/i.test(headers['transfer-encoding'] ?? '');
  const delimited = isBodiless(method, status) || chunked || declaredLength(headers) !== null;
  return { status, url: url.href, headers, delimited };
}

function tooMany(name: string, { bytes }: Limits): WatchError {
  return new WatchError('limit', 'too-many-bytes', `${name} sends more than ${bytes} bytes`);
}

function redirectTarget({ method = 'GET' }: HttpRequest, { status, headers, url }: ResponseHead): string | null {
  const location = headers['location'];
  if (!REDIRECTS.has(status) || location === undefined || (method !== 'GET' && method !== 'HEAD')) return null;
  return URL.parse(location, url)?.href ?? location;
}

function nameOf({ shownAs }: HttpRequest, url: URL | string): string {
  return shownAs ?? String(url);
}

function headersOf(request: HttpRequest, userAgent: string): Record<string, string> {
  const given = Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    'user-agent': userAgent,
    'accept-encoding': 'identity',
    ...(Object.fromEntries(given) as Record<string, string>),
  };
}

function withoutCredentials(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIALS.has(name)));
}

function flat(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.at(-1) : value]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Record<string, string>;
}
