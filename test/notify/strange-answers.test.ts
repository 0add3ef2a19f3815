import { describe, expect, it } from 'vitest';
import type { WatchError } from '../../src/domain/errors.ts';
import type { Notifier } from '../../src/domain/notice.ts';
import { createNotifiers, type NotifierSettings } from '../../src/notify/notifier-registry.ts';
import { makeRequest } from '../../src/notify/notifiers/discord/rest.ts';
import { CHAT_LIMITS } from '../../src/notify/transport.ts';
import { CHANNEL, context, NOTHING_SET, SLACK_CHANNEL } from './chat-kit.ts';
import { notice } from './notices.ts';

const MATRIX = {
  matrixHomeserver: 'https://matrix.example.org',
  matrixAccessToken: 'access-token',
  matrixRoomId: '!room:example.org',
};
const CHANNELS: [string, Partial<NotifierSettings>][] = [
  ['a Discord bot', { discordBotToken: 'token', discordChannelId: CHANNEL }],
  ['a Discord webhook', { discordWebhookUrls: ['https://discord.com/api/webhooks/700000000000000009/token'] }],
  ['a Slack bot', { slackBotToken: 'xoxb-token', slackChannelId: SLACK_CHANNEL }],
  ['a Slack webhook', { slackWebhookUrl: 'https://hooks.slack.com/services/T0/B0/token' }],
  ['a Telegram bot', { telegramBotToken: '1:token-token', telegramChatId: '-100' }],
  ['a Matrix account', MATRIX],
  ['an ntfy topic', { ntfyUrl: 'https://ntfy.sh/topic' }],
  ['a PagerDuty service', { pagerdutyRoutingKey: 'routing-key' }],
  ['an Apprise server', { appriseUrl: 'https://apprise.example.org/notify/key' }],
];
const PAGE = '<html>Log in to this network.</html>';

/** A proxy that asks for a password answers in the name of the chat: nothing was told, and nothing was refused. */
describe.each(CHANNELS)('%s behind a box that answers by itself', (_, settings) => {
  it.each<[string, string, string]>([
    ['a page', 'text/html', PAGE],
    ['a page that is called JSON', 'application/json', PAGE],
    ['a piece of JSON', 'application/json', '{"id":"1","chan'],
    ['a number', 'application/json', '20'],
    ['nothing', 'text/plain', ''],
    ['an object', 'application/json', '{}'],
  ])('tries again after %s', async (_what, type, body) => {
    const notifier = behind(settings, () => new Response(body, { headers: { 'content-type': type } }));
    for (const previous of [null, { message: '1', ts: '1.000001', event: '$1' }]) {
      const delivered = notifier.deliver(notice('verdict', 'mismatch'), context({ previous }));
      if (type === 'application/json' && body === '{}' && settings.slackWebhookUrl) await delivered;
      else await expect(delivered).rejects.toMatchObject({ kind: 'transport' });
    }
    await notifier.close();
  });
});

function behind(settings: Partial<NotifierSettings>, answer: () => Response): Notifier {
  const fetch = async (): Promise<Response> => answer();
  const deps = { fetch, now: () => 0, write: () => undefined, statusUrl: null };
  return createNotifiers({ ...NOTHING_SET, ...settings }, deps)[0]!;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const inAMinute = (): string => new Date(Date.now() + 60_500).toUTCString();

describe.each(CHANNELS.slice(0, 2))('%s', (_, settings) => {
  it.each<[string, () => Record<string, string>, string, number]>([
    ['the body alone', () => JSON_TYPE, '{"message":"slow","retry_after":7.5,"global":false}', 7],
    ['body and header, the longer one', () => ({ ...JSON_TYPE, 'retry-after': '3' }), '{"retry_after":20}', 20],
    ['the header alone, on a page', () => ({ 'content-type': 'text/html', 'retry-after': '30' }), PAGE, 30],
    ['a date', () => ({ 'retry-after': inAMinute() }), '', 55],
    ['nothing', () => ({}), '', 0],
    ['a word', () => ({ ...JSON_TYPE, 'retry-after': 'soon' }), '{"retry_after":"later"}', 0],
  ])('waits when it is asked to by %s', async (_what, headers, body, least) => {
    const notifier = behind(settings, () => new Response(body, { status: 429, headers: headers() }));
    const error: unknown = await notifier
      .deliver(notice('verdict', 'mismatch'), context())
      .catch((one: unknown) => one);
    expect(error).toMatchObject({ kind: 'transport', code: 'discord-rate-limited' });
    const { retryAfter } = error as WatchError;
    expect(retryAfter).toBeGreaterThanOrEqual(least);
    expect(retryAfter).toBeLessThan(least + 10);
    await notifier.close();
  });
});

describe.each(CHANNELS.filter(([name]) => !name.includes('Slack')))('%s', (_, settings) => {
  it('does not take a redirect for a success', async () => {
    const headers = { location: 'https://login.example.org/' };
    const notifier = behind(settings, () => new Response(null, { status: 302, headers }));
    const previous = { message: '1', event: '$1' };
    await expect(notifier.deliver(notice('verdict', 'mismatch'), context({ previous }))).rejects.toMatchObject({
      kind: 'transport',
    });
    await notifier.close();
  });
});

it('an answer of Discord without a body is one, whatever it is called', async () => {
  const fetch = async (): Promise<Response> => new Response(null, { status: 204, headers: JSON_TYPE });
  const ask = makeRequest(fetch, CHAT_LIMITS);
  expect((await ask('https://discord.com/api/v10/interactions/1/token/callback', { method: 'POST' })).status).toBe(204);
});
