import { EnvHttpProxyAgent, fetch, type Dispatcher } from 'undici';

/**
 * `fetch` for addresses that the operator names, which may be on this host or network. It follows the proxy of the given
 * environment; limits are those of whoever calls.
 */
export function createOperatorFetch(env: Readonly<Record<string, string | undefined>>): {
  readonly fetch: typeof globalThis.fetch;
  /** The same way, for sockets. */
  readonly dispatcher: Dispatcher;
  readonly close: () => Promise<void>;
} {
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: env['http_proxy'] ?? env['HTTP_PROXY'] ?? '',
    httpsProxy: env['https_proxy'] ?? env['HTTPS_PROXY'] ?? '',
    noProxy: env['no_proxy'] ?? env['NO_PROXY'] ?? '',
    allowH2: false,
    requestTls: { allowH2: false },
  });
  const throughProxy = (input: string | URL, init: object = {}): unknown => fetch(input, { ...init, dispatcher });
  return { fetch: throughProxy as typeof globalThis.fetch, dispatcher, close: () => dispatcher.destroy() };
}
