import { EnvHttpProxyAgent, fetch, type Dispatcher } from 'undici';
import { attemptTimeoutMs } from './connect-timeout.ts';
import { proxiesOf } from './proxy-env.ts';

/**
 * `fetch` for addresses that the operator names, which may be on this host or network. It follows the proxy of the given
 * environment. Connecting may take as long as a stall; all other limits are those of whoever calls.
 */
export function createOperatorFetch(
  env: Readonly<Record<string, string | undefined>>,
  stallTimeoutMs: number,
): {
  readonly fetch: typeof globalThis.fetch;
  /** The same way, for sockets. */
  readonly dispatcher: Dispatcher;
  readonly close: () => Promise<void>;
} {
  const connect = { timeout: stallTimeoutMs, autoSelectFamilyAttemptTimeout: attemptTimeoutMs(stallTimeoutMs) };
  const dispatcher = new EnvHttpProxyAgent({
    ...proxiesOf(env),
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect,
    requestTls: { ...connect, allowH2: false },
    proxyTls: connect,
  });
  const throughProxy = (input: string | URL, init: object = {}): unknown => fetch(input, { ...init, dispatcher });
  return { fetch: throughProxy as typeof globalThis.fetch, dispatcher, close: () => dispatcher.destroy() };
}
