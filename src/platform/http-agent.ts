import type { lookup } from 'node:dns';
import { type Dispatcher, EnvHttpProxyAgent, Pool, setGlobalDispatcher } from 'undici';
import { guardedLookup } from './address.ts';
import { attemptTimeoutMs } from './connect-timeout.ts';
import { proxiesOf } from './proxy-env.ts';
import { asWatchError, WatchError } from '../domain/errors.ts';

export interface AgentOptions {
  /** HTTPS_PROXY, HTTP_PROXY and NO_PROXY are read from it, in either case, as undici does. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** In place of the roots that Node trusts (NODE_EXTRA_CA_CERTS included): for tests. */
  readonly ca?: string;
  /** In place of the system's resolver: for tests. */
  readonly lookup?: typeof lookup;
  /** Milliseconds for connecting, to a host or a proxy. */
  readonly stallTimeoutMs: number;
  /**
   * Hosts (`name`, or `name:port`) that we or the operator named: they may lie anywhere, on this network too, as behind a
   * resolver that answers with addresses of its own.
   */
  readonly ownHosts?: ReadonlySet<string>;
}

/**
 * Connects through the proxy of the environment, else only to global unicast addresses. HTTP/1.1 only, since its
 * framing tells a body that was cut from one that ended.
 */
export function createAgent({ env, ca, lookup, stallTimeoutMs, ownHosts }: AgentOptions): Dispatcher {
  const tls = {
    timeout: stallTimeoutMs,
    autoSelectFamilyAttemptTimeout: attemptTimeoutMs(stallTimeoutMs),
    ...(ca === undefined ? {} : { ca }),
  };
  return new EnvHttpProxyAgent({
    ...proxiesOf(env),
    allowH2: false,
    // A time-out of our own covers waiting and reading, over all hops.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { ...tls, lookup: guardedLookup(lookup, ownHosts) },
    requestTls: { ...tls, allowH2: false },
    proxyTls: tls,
    clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: stallTimeoutMs }),
  });
}

/**
 * Lets the global `fetch`, for libraries that take no other, go the same way. Node itself reads the proxy once, at its
 * start, and so before any settings file.
 */
export function routeGlobalFetch(options: AgentOptions): void {
  setGlobalDispatcher(createAgent(options));
}

/** How far a request had come when it broke. */
export type Phase = 'before-answer' | 'in-body';

/** Certificates and protocols of TLS, as OpenSSL and Node name their errors. */
const TLS_CODE =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|EPROTO$|HOSTNAME_MISMATCH$|INVALID_CA$)/;

/** No socket could be had. A connection that a firewall of this machine forbids is told as one that failed. */
function isExhausted(error: Error): boolean {
  const { kind, code } = asWatchError(error);
  return kind === 'host' && code !== 'not-permitted';
}

/** Whatever broke a request, as one of ours. Our own errors pass, also from within the connection. */
export function transportError(thrown: unknown, phase: Phase, url: URL): WatchError {
  for (const error of causes(thrown)) if (error instanceof WatchError) return error;
  for (const error of causes(thrown)) if (isExhausted(error)) return asWatchError(error);
  const codes = causes(thrown).map((error) => (error as NodeJS.ErrnoException).code ?? '');
  const told = `${url.host}: ${messageOf(thrown)}`;
  const fail = (code: string): WatchError => new WatchError('transport', code, told, { cause: thrown });
  if (codes.some((code) => TLS_CODE.test(code))) return fail('tls-failed');
  if (codes.some((code) => /TIMEOUT|ETIMEDOUT/.test(code))) return fail('stalled');
  if (codes.some((code) => code.startsWith('HPE_'))) return fail('malformed-http');
  return fail(phase === 'in-body' ? 'short-body' : 'connection-failed');
}

/**
 * An answer that says no. Trouble of the server's own, and a request to slow down, pass by themselves; other refusals
 * do not (RFC 9110, 15.5 and 15.6; RFC 6585, 4).
 */
export function statusError(status: number, name: string, retryAfter: number | undefined): WatchError {
  const kind = status >= 500 || status === 429 || status === 408 ? 'transport' : 'rejected';
  const options = retryAfter === undefined ? {} : { retryAfter };
  return new WatchError(kind, `http-${status}`, `${name} answered ${status}`, options);
}

/** Seconds from a Retry-After header, which holds seconds or a date (RFC 9110, 10.2.3). */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}

/** The error with everything beneath it, the attempts on several addresses included. */
function causes(thrown: unknown, depth = 0): Error[] {
  if (!(thrown instanceof Error) || depth > 5) return [];
  const parts: unknown[] = thrown instanceof AggregateError ? thrown.errors : [];
  return [thrown, ...[thrown.cause, ...parts].flatMap((part) => causes(part, depth + 1))];
}

function messageOf(thrown: unknown): string {
  const messages = causes(thrown).map((error) => error.message);
  return messages.find((message) => message !== '') ?? String(thrown);
}
