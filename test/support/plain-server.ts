import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

/** For the tests of one file: starts a server on loopback that ends with the test, and gives its address. */
export function plainServer(): (handle: RequestListener) => Promise<string> {
  let close: (() => void) | undefined;
  afterEach(() => close?.());
  return async (handle) => {
    const server = createServer(handle);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    close = () => {
      server.closeAllConnections();
      server.close();
    };
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  };
}
