import * as common from '../../../platform/setting-values.ts';
import { slackBot } from './bot.ts';
import { mentionOf } from './mention.ts';
import { slackWebhook } from './webhook.ts';
import { CHAT_LIMITS } from '../../transport.ts';
import { chat, notifierKind } from '../../notifier-kind.ts';
import { slackSocket } from './socket.ts';

/** An incoming webhook, or a bot in one channel. */
export const slack = notifierKind({
  name: 'slack',
  settings: {
    slackWebhookUrl: chat.secret('SLACK_WEBHOOK_URL', common.url('https:'), 'An incoming webhook.', {
      excludes: 'SLACK_BOT_TOKEN',
      example: 'https://hooks.slack.com/services/…',
    }),
    slackBotToken: chat.secret(
      'SLACK_BOT_TOKEN',
      common.token,
      'A bot instead of the webhook; needs SLACK_CHANNEL_ID.',
      { needs: 'SLACK_CHANNEL_ID' },
    ),
    slackChannelId: chat.optional(
      'SLACK_CHANNEL_ID',
      common.text('must be a channel id such as C0123456789', /^[A-Z0-9]{2,20}$/),
      'The channel that the bot writes to.',
      { needs: 'SLACK_BOT_TOKEN' },
    ),
    slackAppToken: chat.secret(
      'SLACK_APP_TOKEN',
      common.token,
      'For slash commands over socket mode; needs SLACK_BOT_TOKEN.',
      { needs: 'SLACK_BOT_TOKEN' },
    ),
    slackAdmins: chat.optional(
      'SLACK_ADMINS',
      common.listOf(common.text('must be a user id such as U0123456789', /^[A-Z0-9]{2,20}$/)),
      'Who may mute and send again.',
    ),
    slackMention: chat.optional(
      'SLACK_MENTION',
      common.text(
        'must be @here, @channel, or the id of a user group or a person',
        /^(?:@here|@channel|[SUW][A-Z0-9]{2,20})$/,
      ),
      'Whom a final verdict, a mismatch or a near deadline pings: @here, @channel, a user group (S…) or a person (U…).',
    ),
  },
  create: ({ slackWebhookUrl: url, slackBotToken: token, slackChannelId: channel, slackMention }, deps) => {
    const { fetch, statusUrl, timeoutMs = CHAT_LIMITS.timeoutMs } = deps;
    const shared = { fetch, statusUrl, mention: mentionOf(slackMention), limits: { ...CHAT_LIMITS, timeoutMs } };
    const webhook = url === null ? [] : [slackWebhook({ url, ...shared })];
    const bot = token === null || channel === null ? [] : [slackBot({ token, channel, ...shared })];
    return [...webhook, ...bot];
  },
  commands: ({ slackAppToken: token, slackAdmins: admins }, deps) =>
    token === null ? [] : [slackSocket({ token, admins: admins ?? [], ...deps, lost: () => deps.lost('slack') })],
  libraries: /\/node_modules\/@slack\//,
});
