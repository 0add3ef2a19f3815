import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { setTimeout as wait } from 'node:timers/promises';
import type { lookup } from 'node:dns';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHttp, type HttpRequest } from '../../src/platform/http.ts';
import { fetchLike } from '../../src/platform/fetch-like.ts';
import { body, inTurn, startLoopback, status, untilClose, type Loopback } from './loopback.ts';

const limits = { bytes: 1000, redirects: 2, totalMs: 5000 };
const at = (path: string): string => `https://files.example.org${path}`;
let net: Loopback;

beforeAll(async () => {
  net = await startLoopback();
});
beforeEach(() => {
  net.answers.clear();
  net.requests.length = 0;
});
afterAll(() => net.close());

const get = (path: string, more: Partial<HttpRequest> = {}) => net.http.request({ url: at(path), limits, ...more });
const answer = (path: string, with_: Parameters<Loopback['answers']['set']>[1]): void => {
  net.answers.set(`files.example.org${path}`, with_);
};

describe('a request', () => {
  it('gives status, headers and bytes of a whole answer, through the proxy of the environment', async () => {
    answer('/a', body('hello', { ETag: '"1"' }));
    const got = await get('/a');
    expect(Buffer.from(got.body).toString()).toBe('hello');
    expect(got).toMatchObject({ status: 200, url: at('/a'), headers: { etag: '"1"' } });
  });

  it('asks for the bytes as they are and says who asks', async () => {
    answer('/a', body('x'));
    await get('/a');
    expect(net.requests[0]?.headers).toMatchObject({ 'accept-encoding': 'identity', 'user-agent': 'test/1' });
  });

  it('takes a chunked body', async () => {
    answer('/a', (_request, response) => {
      response.write('ab');
      response.end('cd');
    });
    expect(Buffer.from((await get('/a')).body).toString()).toBe('abcd');
  });

  it('sends a body and any method it is told', async () => {
    answer('/a', (request, response) => {
      void request.toArray().then((parts) => body(Buffer.concat(parts as Buffer[]))(request, response));
    });
    const got = await get('/a', { method: 'POST', body: 'ping' });
    expect(Buffer.from(got.body).toString()).toBe('ping');
  });

  it.each([
    [404, 'rejected'],
    [410, 'rejected'],
    [403, 'rejected'],
    [429, 'transport'],
    [500, 'transport'],
    [503, 'transport'],
  ])('turns an answer of %i into an error that tells whether it passes', async (code, kind) => {
    answer('/a', status(code));
    await expect(get('/a')).rejects.toMatchObject({ code: `http-${code}`, kind });
  });

  it('hands over any answer where the caller wants to see it', async () => {
    answer('/a', status(418));
    expect((await get('/a', { accept: 'any' })).status).toBe(418);
  });

  it.each([
    ['7', 7],
    [new Date(Date.now() + 30_000).toUTCString(), 30],
  ])('tells for how long a busy server wants to be left alone: %s', async (header, seconds) => {
    answer('/a', status(429, { 'Retry-After': header }));
    const error = await get('/a').catch((thrown: unknown) => thrown);
    const { retryAfter } = error as { retryAfter: number };
    expect(Math.abs(retryAfter - seconds)).toBeLessThanOrEqual(1);
  });
});

describe('what a body must be', () => {
  it('refuses more bytes than allowed, announced or not', async () => {
    answer('/announced', body('x'.repeat(1001)));
    answer('/chunked', (_request, response) => {
      response.write('x'.repeat(600));
      response.end('x'.repeat(600));
    });
    await expect(get('/announced')).rejects.toMatchObject({ code: 'too-many-bytes', kind: 'limit' });
    await expect(get('/chunked')).rejects.toMatchObject({ code: 'too-many-bytes' });
  });

  it('calls a body that was cut a short body, by length or in chunks', async () => {
    answer('/length', (_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('x'.repeat(50), () => setTimeout(() => response.destroy(), 20));
    });
    answer('/chunked', (_request, response) => {
      response.write('x'.repeat(50), () => setTimeout(() => response.destroy(), 20));
    });
    await expect(get('/length')).rejects.toMatchObject({ code: 'short-body', kind: 'transport' });
    await expect(get('/chunked')).rejects.toMatchObject({ code: 'short-body' });
  });

  it('tells of a body whose end cannot be told from a cut', async () => {
    answer('/open', untilClose('half'));
    answer('/whole', body('whole'));
    answer('/chunks', (_request, response) => response.write('a') && response.end('b'));
    expect(await get('/open')).toMatchObject({ body: Buffer.from('half'), delimited: false });
    expect(await get('/whole')).toMatchObject({ delimited: true });
    expect(await get('/chunks')).toMatchObject({ delimited: true });
  });

  it('does not take a compressed body for the file', async () => {
    answer('/a', body('xx', { 'content-encoding': 'gzip' }));
    await expect(get('/a')).rejects.toMatchObject({ code: 'encoded-body' });
  });

  it.each(['identity', 'Identity', ' identity ', ''])('takes one that says %j for what it is', async (encoding) => {
    answer('/a', body('xx', { 'content-encoding': encoding }));
    expect(Buffer.from((await get('/a')).body).toString()).toBe('xx');
  });

  it('breaks off when nothing comes, before and within the body', async () => {
    answer('/silent', () => undefined);
    answer('/half', (_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('x'.repeat(50));
    });
    await expect(get('/silent')).rejects.toMatchObject({ code: 'stalled', kind: 'transport' });
    await expect(get('/half')).rejects.toMatchObject({ code: 'stalled' });
  });

  it('does not break off while bytes trickle in, until the time for all of it is over', async () => {
    answer('/a', (_request, response) => {
      response.writeHead(200, { 'content-length': 12 });
      const timer = setInterval(() => response.write('x'), 60);
      response.on('close', () => clearInterval(timer));
    });
    expect((await get('/a')).body.length).toBe(12);
    const hurried = get('/a', { limits: { ...limits, totalMs: 300 } });
    await expect(hurried).rejects.toMatchObject({ code: 'out-of-time', kind: 'limit' });
  });

  it('does not count the time that the reader takes as a stall', async () => {
    answer('/a', body('slowly'));
    const seen: Uint8Array[] = [];
    await net.http.stream({ url: at('/a'), limits }, async () => async (chunk) => {
      await wait(900);
      seen.push(chunk);
    });
    expect(Buffer.concat(seen).toString()).toBe('slowly');
  });

  it('stops at once when it is cancelled', async () => {
    answer('/a', () => undefined);
    const controller = new AbortController();
    const going = get('/a', { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(going).rejects.toMatchObject({ code: 'cancelled' });
    await expect(get('/a', { signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('redirects', () => {
  it('are followed, and the last URL is told', async () => {
    answer('/a', status(302, { location: '/b' }));
    answer('/b', body('there'));
    expect((await get('/a')).url).toBe(at('/b'));
  });

  it('are followed only so often', async () => {
    answer('/a', status(302, { location: '/a' }));
    await expect(get('/a')).rejects.toMatchObject({ code: 'too-many-redirects', kind: 'limit' });
    expect(net.requests.length).toBe(3);
  });

  it.each([
    'http://files.example.org/b',
    'https://127.0.0.1/b',
    'https://localhost/b',
    'https://files.example.org:8443/',
  ])('do not lead to %s', async (location) => {
    answer('/a', status(302, { location }));
    await expect(get('/a')).rejects.toMatchObject({ code: 'url-not-allowed', kind: 'rejected' });
    expect(net.requests.length).toBe(1);
  });

  it('carry credentials to the same host only', async () => {
    answer('/a', status(302, { location: '/b' }));
    answer('/b', status(302, { location: 'https://other.example.org/c' }));
    net.answers.set('other.example.org/c', body('c'));
    await get('/a', { headers: { Authorization: 'Bearer t', Cookie: 'c=1', 'X-Other': 'stays' } });
    expect(net.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer t', 'Bearer t', undefined]);
    expect(net.requests[2]?.headers).toMatchObject({ 'x-other': 'stays' });
    expect(net.requests[2]?.headers).not.toHaveProperty('cookie');
  });

  it('are not followed with a body', async () => {
    answer('/a', status(307, { location: '/b' }));
    await expect(get('/a', { method: 'POST', body: 'x' })).rejects.toMatchObject({ code: 'http-307' });
  });
});

describe('connections', () => {
  it('fail by name when the proxy does not know the host', async () => {
    const unknown = net.http.request({ url: 'https://unknown.example.org/', limits });
    await expect(unknown).rejects.toMatchObject({ code: 'connection-failed', kind: 'transport' });
  });

  it('fail when the proxy is down', async () => {
    const http = createHttp({ ...options(), env: { HTTPS_PROXY: 'http://127.0.0.1:9' } });
    await expect(http.request({ url: at('/a'), limits })).rejects.toMatchObject({ code: 'connection-failed' });
    await http.close();
  });

  it('fail when the proxy accepts and says nothing', async () => {
    const silent = createServer();
    silent.on('connect', () => undefined);
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const proxy = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const http = createHttp({ ...options(), env: { HTTPS_PROXY: proxy } });
    await expect(http.request({ url: at('/a'), limits })).rejects.toMatchObject({ code: 'stalled' });
    await http.close();
    silent.closeAllConnections();
    silent.close();
  });

  it('do not trust a certificate of another authority', async () => {
    const other = await startLoopback();
    const http = createHttp({ ...options(), env: other.env });
    await expect(http.request({ url: at('/a'), limits })).rejects.toMatchObject({ code: 'tls-failed' });
    await http.close();
    await other.close();
  });

  it.each(['127.0.0.1', '10.0.0.7', '169.254.169.254', '::1', 'fd00::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1'])(
    'without a proxy never go to %s, whatever name leads there',
    async (address) => {
      const http = createHttp({ ...options(), env: {}, lookup: resolvesTo(address) });
      const going = http.request({ url: 'https://rebound.example.org/', limits });
      await expect(going).rejects.toMatchObject({ code: 'address-not-allowed', kind: 'rejected' });
      await http.close();
    },
  );

  it('guard hosts that NO_PROXY takes past the proxy as well', async () => {
    const env = { ...net.env, NO_PROXY: 'example.org' };
    const http = createHttp({ ...options(), env, lookup: resolvesTo('127.0.0.1') });
    await expect(http.request({ url: at('/a'), limits })).rejects.toMatchObject({ code: 'address-not-allowed' });
    await http.close();
  });
});

describe('a URL that is a secret', () => {
  it.each<[string, Parameters<typeof answer>[1]]>([
    ['refuses', status(401)],
    ['redirects without end', status(302, { location: '/s3cret' })],
    ['redirects elsewhere', status(302, { location: 'http://s3cret.example.org/' })],
    ['sends too much', body('x'.repeat(2000))],
    ['stalls', () => undefined],
    ['breaks', (_request, response) => response.destroy()],
  ])('does not stand in the error when the server %s', async (_what, answers) => {
    answer('/s3cret', answers);
    const error = await get('/s3cret', { shownAs: 'the webhook' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(inspect(error, { depth: 10 })).not.toContain('s3cret');
  });
});

describe('fetch for libraries', () => {
  it('answers like fetch, within the limits', async () => {
    answer('/a', inTurn(body('fine', { 'content-type': 'text/plain' }), status(500), body('x'.repeat(2000))));
    const fetch = fetchLike(net.http, limits);
    const first = await fetch(at('/a'), { method: 'POST', body: new Uint8Array([1, 2]) });
    expect([first.status, await first.text(), first.headers.get('content-type')]).toEqual([200, 'fine', 'text/plain']);
    expect((await fetch(new URL(at('/a')))).ok).toBe(false);
    await expect(fetch(at('/a'))).rejects.toMatchObject({ code: 'too-many-bytes' });
  });
});

function options() {
  return { ca: net.ca, stallTimeoutMs: 400, clock: { now: () => Date.now() }, userAgent: 'test/1' };
}

function resolvesTo(address: string): typeof lookup {
  const resolve = (_name: string, _options: unknown, callback: (error: null, found: unknown) => void): void =>
    callback(null, [{ address, family: address.includes(':') ? 6 : 4 }]);
  return resolve as unknown as typeof lookup;
}
