import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { CertificateAuthority } from './ca.ts';
import { send } from './http-kit.ts';

export interface ProxyEvents {
  /** Whether a CONNECT to this host may be answered. */
  knows: (host: string) => boolean;
  /** A request that was refused: `host`, `host:port` or the whole URL of a plain request. */
  refused: (target: string) => void;
  /** A request of a known host, after TLS. */
  request: (host: string, request: IncomingMessage, response: ServerResponse) => void;
  /** The same, to speak another protocol (WebSocket) on the connection. */
  upgrade: (host: string, request: IncomingMessage, socket: TLSSocket, head: Buffer) => void;
}

export interface Proxy {
  url: string;
  close: () => Promise<void>;
}

/** A CONNECT proxy that ends TLS itself with a certificate for each host, and never leaves this machine. */
export async function startProxy(ca: CertificateAuthority, events: ProxyEvents): Promise<Proxy> {
  const hosts = new WeakMap<Socket, string>();
  const sockets = new Set<Socket>();
  const inner = innerServer(hosts, events);
  const outer = createServer((request, response) => {
    events.refused(request.url ?? '');
    send(response, 403, 'only CONNECT is served here\n');
  });
  outer.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  outer.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const target = request.url ?? '';
    const host = targetHost(target);
    if (host === undefined || !events.knows(host)) {
      events.refused(host ?? target);
      socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
      return;
    }
    void ca.secureContext(host).then((secureContext) => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.length > 0) socket.unshift(head);
      const tls = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] });
      tls.on('error', () => tls.destroy());
      hosts.set(tls, host);
      inner.emit('connection', tls);
    });
  });
  await new Promise<void>((listening) => outer.listen(0, '127.0.0.1', listening));
  const { port } = outer.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = new Promise<void>((done) => outer.close(() => done()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Speaks HTTP on the decrypted side; it never listens by itself. */
function innerServer(hosts: WeakMap<Socket, string>, events: ProxyEvents): Server {
  const server = createServer({ keepAliveTimeout: 60_000 });
  server.on('request', (request, response) => {
    const host = hosts.get(request.socket)!;
    // A server answers 421 where the name of the request is not the name of the connection (RFC 9110, 15.5.20).
    if (hostOnly(request.headers.host ?? '') !== host) send(response, 421, 'misdirected request\n');
    else events.request(host, request, response);
  });
  server.on('upgrade', (request: IncomingMessage, socket: TLSSocket, head: Buffer) => {
    events.upgrade(hosts.get(socket)!, request, socket, head);
  });
  return server;
}

function targetHost(target: string): string | undefined {
  const match = /^([a-z0-9.-]+):443$/i.exec(target);
  return match?.[1]?.toLowerCase();
}

function hostOnly(header: string): string {
  return header.replace(/:443$/, '').toLowerCase();
}
