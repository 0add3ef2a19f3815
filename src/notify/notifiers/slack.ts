import { z } from 'zod';
import { slackBot } from '../slack/bot.ts';
import { slackWebhook } from '../slack/webhook.ts';
import { CHAT_LIMITS } from '../transport.ts';
import { notifierKind } from '../notifier-kind.ts';

/** An incoming webhook, or a bot in one channel. */
export const slack = notifierKind({
  name: 'slack',
  settings: z.object({
    slackWebhookUrl: z.string().nullable(),
    slackBotToken: z.string().nullable(),
    slackChannelId: z.string().nullable(),
  }),
  create: ({ slackWebhookUrl: url, slackBotToken: token, slackChannelId: channel }, deps) => {
    const { fetch, statusUrl, timeoutMs = CHAT_LIMITS.timeoutMs } = deps;
    const shared = { fetch, statusUrl, limits: { ...CHAT_LIMITS, timeoutMs } };
    const webhook = url === null ? [] : [slackWebhook({ url, ...shared })];
    const bot = token === null || channel === null ? [] : [slackBot({ token, channel, ...shared })];
    return [...webhook, ...bot];
  },
});
