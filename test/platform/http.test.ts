import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { body, status, untilClose } from './loopback.ts';
import { at, httpRig, limits } from './http-kit.ts';

const rig = httpRig();
const { get, answer } = rig;

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
    expect(rig.net.requests[0]?.headers).toMatchObject({ 'accept-encoding': 'identity', 'user-agent': 'test/1' });
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
    await rig.net.http.stream({ url: at('/a'), limits }, async () => async (chunk) => {
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
