import { createAdaptorServer } from '@hono/node-server';
import { WatchError } from '../domain/errors.ts';
import type { PageSource } from '../domain/status-queries.ts';
import { keepDoor } from '../platform/door.ts';
import { ALWAYS, statusSite, type SiteOptions } from './site.ts';

export interface RunningPage {
  /** The one that was taken, where any was asked for. */
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Nobody needs longer for a request of a few hundred bytes, and nobody may keep a connection for nothing. */
const TIMEOUTS = {
  requestTimeout: 10_000,
  headersTimeout: 5_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 2_000,
  maxHeaderSize: 8_192,
};
export interface ServerOptions extends Omit<SiteOptions, 'listenHost'> {
  /** Other times than ours, for tests that wait for them. */
  readonly timeouts?: Partial<typeof TIMEOUTS>;
}

const DOOR = { connections: 200, unread: 32 * 1024 * 1024, unanswered: 4 };
const IDLE_MS = 15_000;

/** Serves the page until it is closed. Throws a WatchError where the address cannot be had. */
export async function startStatusServer(
  source: PageSource,
  listen: { readonly host: string; readonly port: number },
  options: ServerOptions,
): Promise<RunningPage> {
  let taken = 0;
  const site = statusSite(source, { ...options, listenHost: listen.host, arrivals: () => taken });
  // The service's own requests go on with what Node gives: nothing global is replaced.
  const server = createAdaptorServer({
    fetch: (request, env) => site.fetch(request, env),
    overrideGlobalObjects: false,
    serverOptions: { ...TIMEOUTS, ...options.timeouts },
  });
  server.setTimeout(IDLE_MS);
  server.on('connection', () => (taken += 1));
  keepDoor(server as Parameters<typeof keepDoor>[0], ALWAYS, DOOR);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: Error) => reject(cannotListen(listen, cause)));
    server.listen(listen.port, listen.host, resolve);
  });
  server.on('error', options.failed);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : listen.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}

function cannotListen({ host, port }: { host: string; port: number }, cause: Error): WatchError {
  const code = 'code' in cause ? String(cause.code) : '';
  const why = WHY[code] ?? cause.message;
  const shown = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new WatchError('input', 'status-listen', `The status page cannot listen on ${shown}: ${why}.`, { cause });
}

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program has this port',
  EACCES: 'this user may not have this port',
  EADDRNOTAVAIL: 'this machine does not have this address',
  ENOTFOUND: 'this name is not known',
};
