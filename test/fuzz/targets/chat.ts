import { expect } from 'vitest';
import type { Notifier } from '../../../src/domain/notice.ts';
import { createNotifiers, type NotifierSettings } from '../../../src/notify/notifier-registry.ts';
import { CHANNEL, context, NOTHING_SET, SLACK_CHANNEL } from '../../notify/chat-kit.ts';
import { notice } from '../../notify/notices.ts';
import { refusedOr, text, type Target } from '../target.ts';

/** What is answered in turn, the last one for ever. */
function answersOf(bytes: Uint8Array): () => Response {
  const all = Buffer.from(bytes)
    .toString('latin1')
    .split('\n---\n')
    .map((part) => Buffer.from(part, 'latin1'));
  let next = 0;
  return () => answerOf(all[Math.min(next++, all.length - 1)]!);
}

/** `<status> <header>: <value>; …`, a line's end, and the body. */
function answerOf(bytes: Uint8Array): Response {
  const at = bytes.indexOf(10);
  const [word = '', ...rest] = text(bytes.subarray(0, Math.max(0, at))).split(' ');
  const code = /^[2-5]\d\d$/.test(word) ? Number(word) : 200;
  const headers = new Headers({ 'content-type': 'application/json' });
  for (const pair of rest.join(' ').split(';')) {
    const [name = '', ...value] = pair.split(':');
    try {
      headers.set(name.trim(), value.join(':').trim());
    } catch {
      // No server can send such a header either.
    }
  }
  const empty = [204, 205, 304].includes(code);
  return new Response(empty ? null : Uint8Array.from(bytes.subarray(at + 1)), { status: code, headers });
}

/** Whatever is answered: it was told, or it is tried again, or it is refused; never a bug of ours. */
function channel(name: string, settings: Partial<NotifierSettings>): Target {
  const open = (bytes: Uint8Array): Notifier => {
    const answer = answersOf(bytes);
    const deps = { now: () => Date.now(), write: () => undefined, statusUrl: 'https://status.example.org/' };
    return createNotifiers({ ...NOTHING_SET, ...settings }, { ...deps, fetch: async () => answer() })[0]!;
  };
  return {
    name,
    runs: 60,
    run: async (bytes) => {
      const notifier = open(bytes);
      try {
        for (const previous of [null, { message: '1', channel: '2', ts: '3', thread: '1' }]) {
          const told = await refusedOr(['transport', 'rejected'], () =>
            notifier.deliver(notice('verdict', 'mismatch'), context({ previous })),
          );
          if (told !== null) for (const word of Object.values(told)) expect(typeof word).toBe('string');
        }
      } finally {
        await notifier.close();
      }
    },
  };
}

export const chatTargets: readonly Target[] = [
  channel('discord-bot', { discordBotToken: 'token', discordChannelId: CHANNEL }),
  channel('discord-webhook', { discordWebhookUrls: ['https://discord.com/api/webhooks/700000000000000009/token'] }),
  channel('slack-bot', { slackBotToken: 'xoxb-token', slackChannelId: SLACK_CHANNEL }),
  channel('slack-webhook', { slackWebhookUrl: 'https://hooks.slack.com/services/T0/B0/token' }),
  channel('webhook', { webhookUrl: 'https://hook.example.org/x', webhookSecret: `whsec_${'A'.repeat(32)}` }),
];
