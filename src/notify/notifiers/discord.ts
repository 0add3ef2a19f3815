import { z } from 'zod';
import { discordBot } from '../discord/bot.ts';
import { mentionOf } from '../discord/render.ts';
import { createRest } from '../discord/rest.ts';
import { discordWebhook, webhookTarget } from '../discord/webhook.ts';
import { CHAT_LIMITS } from '../transport.ts';
import { notifierKind } from '../notifier-kind.ts';

/** Webhooks, or a bot in one channel. */
export const discord = notifierKind({
  name: 'discord',
  settings: z.object({
    discordWebhookUrls: z.array(z.string()).readonly().nullable(),
    discordBotToken: z.string().nullable(),
    discordChannelId: z.string().nullable(),
    discordMention: z.string().nullable(),
  }),
  create: ({ discordWebhookUrls, discordBotToken, discordChannelId, discordMention }, deps) => {
    const { fetch, statusUrl, timeoutMs = CHAT_LIMITS.timeoutMs } = deps;
    const limits = { ...CHAT_LIMITS, timeoutMs };
    const mention = mentionOf(discordMention);
    const webhooks = (discordWebhookUrls ?? []).map((url) => {
      const rest = createRest({ fetch, token: null, limits });
      return discordWebhook({ target: webhookTarget(url), rest, mention, statusUrl });
    });
    if (discordBotToken === null || discordChannelId === null) return webhooks;
    const rest = createRest({ fetch, token: discordBotToken, limits });
    return [...webhooks, discordBot({ channel: discordChannelId, rest, mention, statusUrl })];
  },
});
