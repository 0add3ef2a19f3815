import { describe, expect, it } from 'vitest';
import { createNotifiers, type NotifierSettings } from '../../src/notify/create-notifiers.ts';
import { CHANNEL, context, NOTHING_SET, SLACK_CHANNEL } from './chat-kit.ts';
import { notice } from './notices.ts';

const CHANNELS: [string, Partial<NotifierSettings>][] = [
  ['a Discord bot', { discordBotToken: 'token', discordChannelId: CHANNEL }],
  ['a Discord webhook', { discordWebhookUrls: ['https://discord.com/api/webhooks/700000000000000009/token'] }],
  ['a Slack bot', { slackBotToken: 'xoxb-token', slackChannelId: SLACK_CHANNEL }],
  ['a Slack webhook', { slackWebhookUrl: 'https://hooks.slack.com/services/T0/B0/token' }],
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
  ])('tries again after %s', async (_what, type, body) => {
    const fetch = async (): Promise<Response> => new Response(body, { headers: { 'content-type': type } });
    const deps = { fetch, now: () => 0, write: () => undefined, statusUrl: null };
    const notifier = createNotifiers({ ...NOTHING_SET, ...settings }, deps)[0]!;
    await expect(notifier.deliver(notice('verdict', 'mismatch'), context())).rejects.toMatchObject({
      kind: 'transport',
    });
    await notifier.close();
  });
});
