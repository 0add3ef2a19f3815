import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHttp, type Http } from '../../src/platform/http.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { createCa } from '../../simnet/ca.ts';
import { startProxy } from '../../simnet/proxy.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface Loopback {
  http: Http;
  /** Answers by `host/path`; an unknown path gets 404. Faults are put in by changing the map. */
  answers: Map<string, Answer>;
  requests: { method: string; url: string; headers: IncomingMessage['headers'] }[];
  env: Record<string, string>;
  ca: string;
  close: () => Promise<void>;
}

/** An Internet of TLS hosts of any name on loopback, behind a proxy, and an `Http` that knows nothing else. */
export async function startLoopback(stallTimeoutMs = 1_000): Promise<Loopback> {
  const ca = await createCa();
  const answers = new Map<string, Answer>();
  const requests: Loopback['requests'] = [];
  const proxy = await startProxy(ca, {
    knows: (host) => !host.startsWith('unknown.'),
    refused: () => undefined,
    upgrade: (_host, _request, socket) => socket.destroy(),
    request: (host, request, response) => {
      const path = (request.url ?? '').split('?')[0] ?? '';
      requests.push({
        method: request.method ?? '',
        url: `https://${host}${request.url ?? ''}`,
        headers: request.headers,
      });
      const answer = answers.get(`${host}${path}`);
      if (answer) answer(request, response);
      else response.writeHead(404, { 'content-length': 0 }).end();
    },
  });
  const env = { HTTPS_PROXY: proxy.url };
  const http = createHttp({ env, ca: ca.pem, stallTimeoutMs, clock: { now: () => Date.now() }, userAgent: 'test/1' });
  return {
    http,
    answers,
    requests,
    env,
    ca: ca.pem,
    close: async () => {
      await http.close();
      await proxy.close();
    },
  };
}

/** A whole body with its length. */
export function body(content: string | Uint8Array, headers: Record<string, string> = {}): Answer {
  return (_request, response) => {
    const bytes = Buffer.from(content);
    response.writeHead(200, { 'content-length': bytes.length, ...headers }).end(bytes);
  };
}

/** A body that ends when the connection does, as HTTP/1.0 servers and simple ones send it. */
export function untilClose(content: string | Uint8Array): Answer {
  return (_request, response) => {
    response.socket?.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n');
    response.socket?.end(content);
  };
}

export function status(code: number, headers: Record<string, string> = {}): Answer {
  return (_request, response) => {
    response.writeHead(code, { 'content-length': 0, ...headers }).end();
  };
}

/** The first answers in turn, then the last one for ever. */
export function inTurn(...answers: [Answer, ...Answer[]]): Answer {
  let next = 0;
  return (request, response) => {
    const answer = answers[Math.min(next, answers.length - 1)];
    next += 1;
    answer?.(request, response);
  };
}

/** A clock whose sleeping takes no time, and that remembers for how long it was asked to sleep. */
export function restlessClock(): Clock & { slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    now: () => Date.now(),
    sleep: async (ms) => {
      slept.push(ms);
    },
  };
}
