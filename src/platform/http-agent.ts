import type { lookup } from 'node:dns';
import { EnvHttpProxyAgent, Pool, setGlobalDispatcher, type Dispatcher } from 'undici';
import { guardedLookup } from './address.ts';
import { attemptTimeoutMs } from './connect-timeout.ts';
import { proxiesOf } from './proxy-env.ts';

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
