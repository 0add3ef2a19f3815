import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deadline } from '../../src/platform/deadline.ts';
import { download } from '../../src/platform/download.ts';
import { fetchLike } from '../../src/platform/fetch-like.ts';
import { createOperatorFetch } from '../../src/platform/operator-fetch.ts';
import { exchange } from '../../src/notify/transport.ts';
import { plainServer } from '../support/plain-server.ts';
import { body, restlessClock, startLoopback, type Answer, type Loopback } from './loopback.ts';

const URL = 'https://files.example.org/a';
const limits = { bytes: 1_000_000, redirects: 2, totalMs: 1_500 };
let net: Loopback;
beforeAll(async () => (net = await startLoopback()));
afterAll(() => net.close());
const ask = (answer: Answer) => {
  net.answers.set('files.example.org/a', answer);
  return net.http.request({ url: URL, limits });
};

/** Forty megabytes of nothing, as few bytes as each way makes of them. */
const NOTHING = Buffer.alloc(40 * 1024 * 1024);
const BOMBS: [string, () => Uint8Array][] = [
  ['gzip', () => gzipSync(NOTHING)],
  ['br', () => brotliCompressSync(NOTHING.subarray(0, 8 * 1024 * 1024))],
  ['zstd', () => zstdCompressSync(NOTHING)],
];

describe('bytes that would become many more', () => {
  it.each(BOMBS)('are not unpacked by us: %s', async (encoding, make) => {
    const before = process.memoryUsage.rss();
    const bomb = make();
    await expect(ask(body(bomb, { 'content-encoding': encoding }))).rejects.toMatchObject({ code: 'encoded-body' });
    await expect(fetchLike(net.http, limits)(URL)).rejects.toMatchObject({ code: 'encoded-body' });
    expect(process.memoryUsage.rss() - before).toBeLessThan(150_000_000);
  });

  it('end at the limit where a library unpacks them, as for the chats', async () => {
    const bomb = gzipSync(NOTHING);
    const url = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    const operator = createOperatorFetch({}, 5_000);
    const before = process.memoryUsage.rss();
    const wanted = { method: 'POST', headers: {}, body: 'x', signal: new AbortController().signal };
    const asking = exchange(operator.fetch, url, wanted, { timeoutMs: 10_000, bytes: 2_000_000 });
    await expect(asking).rejects.toMatchObject({ kind: 'transport', code: 'chat-too-long' });
    expect(process.memoryUsage.rss() - before).toBeLessThan(80_000_000);
    await operator.close();
  });
});

describe('an answer that never ends', () => {
  it.each<[string, string, (turn: number) => string]>([
    ['in its headers, quickly', 'HTTP/1.1 200 OK\r\n', (turn) => `x-${turn}: ${'y'.repeat(4_000)}\r\n`],
    ['in its headers, slowly', 'HTTP/1.1 200 OK\r\n', (turn) => `x-${turn}: y\r\n`],
    ['in one header', 'HTTP/1.1 200 OK\r\nx: ', () => 'y'],
    ['in answers that are not the last', '', () => 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'],
    ['in the sizes of its pieces', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', () => '0'],
    ['in words beside the sizes', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1', () => ';x'],
    ['in what follows the last piece', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n', () => 'a: b\r\n'],
  ])('is broken off: %s', async (_, start, more) => {
    const began = Date.now();
    const going = ask((_request, response) => {
      const { socket } = response;
      socket!.write(start);
      let turn = 0;
      const timer = setInterval(() => socket!.write(more((turn += 1))), 20);
      socket!.on('close', () => clearInterval(timer)).on('error', () => clearInterval(timer));
    });
    const error = await going.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'WatchError' });
    expect(['bug', 'input']).not.toContain((error as { kind: string }).kind);
    expect(Date.now() - began).toBeLessThan(6_000);
  });
});

describe('a file that trickles', () => {
  const directory = mkdtempSync(join(tmpdir(), 'nns-watch-trickle-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const fetchFile = (answer: Answer, paceOverMs = 1_000) => {
    net.answers.set('files.example.org/a', answer);
    const deps = { http: net.http, clock: restlessClock(), random: () => 0.5, paceOverMs };
    const deadline = new Deadline(60_000, URL);
    const request = { url: URL, path: join(directory, 'file'), maxBytes: 10_000_000, deadline };
    return download(deps, request).finally(() => deadline.end());
  };

  it('is given up after a few tries, though a byte comes now and then', async () => {
    const began = Date.now();
    const going = fetchFile((_request, response) => {
      response.writeHead(200, { 'content-length': 1_000_000 });
      const timer = setInterval(() => response.write('x'), 50);
      response.on('close', () => clearInterval(timer));
    });
    await expect(going).rejects.toMatchObject({ kind: 'transport', code: 'stalled' });
    expect(Date.now() - began).toBeLessThan(8_000);
  });

  it('is whole where it comes slower than any line, but never pauses, from a server that cannot go on where it broke', async () => {
    const pieces = 25;
    const slowly: Answer = (_request, response) => {
      response.writeHead(200);
      let sent = 0;
      const timer = setInterval(() => {
        response.write('x'.repeat(1_000));
        sent += 1;
        if (sent === pieces) response.end();
      }, 100);
      response.on('close', () => clearInterval(timer));
    };
    expect((await fetchFile(slowly, 60_000)).bytes).toBe(pieces * 1_000);
  });

  it('is whole where it comes slowly, but comes', async () => {
    const bytes = randomBytes(400_000);
    const done = await fetchFile((_request, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      let sent = 0;
      const timer = setInterval(() => {
        response.write(bytes.subarray(sent, sent + 20_000));
        sent += 20_000;
        if (sent >= bytes.length) clearInterval(timer);
      }, 50);
    });
    expect(done.bytes).toBe(bytes.length);
  });
});

const serve = plainServer();
