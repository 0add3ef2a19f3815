import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { discordError } from '../../src/notify/notifiers/discord/errors.ts';
import { slackError } from '../../src/notify/notifiers/slack/errors.ts';
import { plainServer } from '../support/plain-server.ts';
import { chatError, exchange, retryAfterOf } from '../../src/notify/transport.ts';

const start = plainServer();
const serve = async (handle: RequestListener): Promise<string> => `${await start(handle)}hooks/very-secret`;

const wanted = { method: 'POST', headers: {}, body: 'x', signal: new AbortController().signal };
const limits = { timeoutMs: 500, bytes: 1000 };

describe('an exchange with a chat', () => {
  it('does not follow a redirect, which would take the secret elsewhere', async () => {
    const asked: string[] = [];
    const url = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect((await exchange(fetch, url, wanted, limits)).status).toBe(302);
    expect(asked).toEqual(['/hooks/very-secret']);
  });

  it('reads no more than it may', async () => {
    const url = await serve((_, response) => response.end('x'.repeat(1001)));
    await expect(exchange(fetch, url, wanted, limits)).rejects.toMatchObject({
      kind: 'transport',
      code: 'chat-too-long',
    });
  });

  it('ends in time when the answer trickles', async () => {
    const url = await serve((_, response) => {
      const timer = setInterval(() => response.write('x'), 50);
      response.on('close', () => clearInterval(timer));
    });
    await expect(exchange(fetch, url, wanted, limits)).rejects.toMatchObject({ code: 'chat-stalled' });
  });

  it('names the host and no more when nobody answers', async () => {
    const url = await serve((request) => request.socket.destroy());
    const error: unknown = await exchange(fetch, url, wanted, limits).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'transport', code: 'chat-unreachable' });
    expect((error as Error).cause).toBeUndefined();
    expect(String(error)).toContain('127.0.0.1');
    expect(String(error)).not.toContain('secret');
  });
});

describe('the time to wait', () => {
  const now = Date.parse('2026-09-18T12:00:00Z');
  it.each([
    ['30', 30],
    ['0.35', 1],
    ['Fri, 18 Sep 2026 12:00:10 GMT', 10],
    ['Fri, 18 Sep 2026 11:00:00 GMT', 0],
    ['soon', undefined],
  ])('is read from %j', (header, seconds) => {
    expect(retryAfterOf(new Headers({ 'retry-after': header }), now)).toBe(seconds);
  });

  it('is unknown without the header', () => {
    expect(retryAfterOf(new Headers(), now)).toBeUndefined();
  });
});

describe('errors of the libraries', () => {
  it('pass where they are ours, also within others', () => {
    const ours = chatError('transport', 'chat-stalled', 'x', 3);
    expect(discordError(ours)).toBe(ours);
    expect(slackError(Object.assign(new Error('wrapped'), { original: ours }))).toBe(ours);
    expect(slackError(new Error('wrapped', { cause: new Error('again', { cause: ours }) }))).toBe(ours);
  });

  it.each([
    ['ratelimited', 'transport'],
    ['internal_error', 'transport'],
    ['service_unavailable', 'transport'],
    ['invalid_auth', 'rejected'],
    ['channel_not_found', 'rejected'],
    ['not_in_channel', 'rejected'],
    ['token_revoked', 'rejected'],
  ])('of Slack: %s is %s', (error, kind) => {
    expect(slackError(Object.assign(new Error(error), { data: { ok: false, error } })).kind).toBe(kind);
  });

  it.each([
    [401, 0, 'rejected', 'discord-unauthorized'],
    [403, 50001, 'rejected', 'discord-missing-access'],
    [404, 10015, 'rejected', 'discord-unknown-webhook'],
    [404, 10003, 'rejected', 'discord-unknown-channel'],
    [400, 50035, 'rejected', 'discord-invalid-message'],
    [408, 0, 'transport', 'discord-http-408'],
    [500, 0, 'transport', 'discord-http-500'],
  ])('of Discord: %i with %i is %s, %s', (status, code, kind, name) => {
    const thrown = Object.assign(new Error('https://discord.com/api/webhooks/1/very-secret'), { status, code });
    const error = discordError(thrown);
    expect(error).toMatchObject({ kind, code: name });
    expect(`${error.message} ${String(error.cause)}`).not.toContain('secret');
  });

  it('that nobody knows are bugs, without their words', () => {
    for (const error of [discordError(new Error('very-secret')), slackError(new Error('very-secret'))]) {
      expect(error.kind).toBe('bug');
      expect(error.message).not.toContain('secret');
    }
  });
});
