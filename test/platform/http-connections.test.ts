import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import type { lookup } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { createHttp } from '../../src/platform/http.ts';
import { fetchLike } from '../../src/platform/fetch-like.ts';
import { body, inTurn, startLoopback, status, type Answer } from './loopback.ts';
import { at, httpRig, limits } from './http-kit.ts';

const rig = httpRig();
const { get, answer } = rig;

describe('redirects', () => {
  it('are followed, and the last URL is told', async () => {
    answer('/a', status(302, { location: '/b' }));
    answer('/b', body('there'));
    expect((await get('/a')).url).toBe(at('/b'));
  });

  it('are followed only so often', async () => {
    answer('/a', status(302, { location: '/a' }));
    await expect(get('/a')).rejects.toMatchObject({ code: 'too-many-redirects', kind: 'limit' });
    expect(rig.net.requests.length).toBe(3);
  });

  it.each([
    'http://files.example.org/b',
    'https://127.0.0.1/b',
    'https://localhost/b',
    'https://files.example.org:8443/',
  ])('do not lead to %s', async (location) => {
    answer('/a', status(302, { location }));
    await expect(get('/a')).rejects.toMatchObject({ code: 'url-not-allowed', kind: 'rejected' });
    expect(rig.net.requests.length).toBe(1);
  });

  it('carry credentials to the same host only', async () => {
    answer('/a', status(302, { location: '/b' }));
    answer('/b', status(302, { location: 'https://other.example.org/c' }));
    rig.net.answers.set('other.example.org/c', body('c'));
    await get('/a', { headers: { Authorization: 'Bearer t', Cookie: 'c=1', 'X-Other': 'stays' } });
    expect(rig.net.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer t', 'Bearer t', undefined]);
    expect(rig.net.requests[2]?.headers).toMatchObject({ 'x-other': 'stays' });
    expect(rig.net.requests[2]?.headers).not.toHaveProperty('cookie');
  });

  it('are not followed with a body', async () => {
    answer('/a', status(307, { location: '/b' }));
    await expect(get('/a', { method: 'POST', body: 'x' })).rejects.toMatchObject({ code: 'http-307' });
  });
});

describe('connections', () => {
  it('fail by name when the proxy does not know the host', async () => {
    const unknown = rig.net.http.request({ url: 'https://unknown.example.org/', limits });
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
    const env = { ...rig.net.env, NO_PROXY: 'example.org' };
    const http = createHttp({ ...options(), env, lookup: resolvesTo('127.0.0.1') });
    await expect(http.request({ url: at('/a'), limits })).rejects.toMatchObject({ code: 'address-not-allowed' });
    await http.close();
  });
});

describe('a URL that is a secret', () => {
  it.each<[string, Answer]>([
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
    const fetch = fetchLike(rig.net.http, limits);
    const first = await fetch(at('/a'), { method: 'POST', body: new Uint8Array([1, 2]) });
    expect([first.status, await first.text(), first.headers.get('content-type')]).toEqual([200, 'fine', 'text/plain']);
    expect((await fetch(new URL(at('/a')))).ok).toBe(false);
    await expect(fetch(at('/a'))).rejects.toMatchObject({ code: 'too-many-bytes' });
  });
});

function options() {
  return { ca: rig.net.ca, stallTimeoutMs: 400, clock: { now: () => Date.now() }, userAgent: 'test/1' };
}

function resolvesTo(address: string): typeof lookup {
  const resolve = (_name: string, _options: unknown, callback: (error: null, found: unknown) => void): void =>
    callback(null, [{ address, family: address.includes(':') ? 6 : 4 }]);
  return resolve as unknown as typeof lookup;
}
