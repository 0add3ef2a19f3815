import * as common from '../../../platform/setting-values.ts';
import { sendGatewaySocketsThroughProxy } from '../../../platform/proxied-websocket.ts';
import { discordBot } from './bot.ts';
import { mentionOf } from './render.ts';
import { createRest } from './rest.ts';
import { discordWebhook, webhookTarget } from './webhook.ts';
import { CHAT_LIMITS } from '../../transport.ts';
import { chat, notifierKind } from '../../notifier-kind.ts';
import { discordGateway } from './gateway.ts';

/** As Discord gives it, or as other programs want it: with a slash at its end, `?wait=true`, and a thread. */
const ADDRESS =
  /^https:\/\/[^/@\s]+\/api(?:\/v\d+)?\/webhooks\/\d+\/[\w-]+\/?(?:\?(?:(?:wait=(?:true|false)|thread_id=\d{1,20})(?:&(?!$)|$))+)?$/;

/** Webhooks, or a bot in one channel. */
export const discord = notifierKind({
  name: 'discord',
  settings: {
    discordWebhookUrls: chat.secret(
      'DISCORD_WEBHOOK_URL',
      common.listOf(common.text('must be a Discord webhook URL, with ?thread_id=… for a thread', ADDRESS)),
      'One or several, separated by commas; ?thread_id=… writes into that thread.',
      { excludes: 'DISCORD_BOT_TOKEN', example: 'https://discord.com/api/webhooks/…/…' },
    ),
    discordBotToken: chat.secret(
      'DISCORD_BOT_TOKEN',
      common.token,
      'A bot instead of webhooks; needs DISCORD_CHANNEL_ID.',
      { needs: 'DISCORD_CHANNEL_ID' },
    ),
    discordChannelId: chat.optional('DISCORD_CHANNEL_ID', common.nat64, 'The channel that the bot writes to.', {
      needs: 'DISCORD_BOT_TOKEN',
    }),
    discordMention: chat.optional(
      'DISCORD_MENTION',
      common.text('must be a role id, @here or @everyone', /^(?:\d{1,20}|@here|@everyone)$/),
      'Whom a final verdict, a mismatch or a near deadline pings: a role id, @here or @everyone.',
    ),
  },
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
  commands: ({ discordBotToken: token, discordChannelId: channel }, { environment, ...deps }) => {
    if (token === null || channel === null) return [];
    // The library that it is about is loaded by the first message that is delivered.
    sendGatewaySocketsThroughProxy(environment);
    return [discordGateway({ token, channel, ...deps })];
  },
  libraries: /\/node_modules\/(discord\.js|@discordjs|@sapphire)\//,
});
