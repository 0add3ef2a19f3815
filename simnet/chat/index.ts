import type { Host } from '../types.ts';
import { Discord } from './discord.ts';
import { Slack } from './slack.ts';
import { WebhookReceiver } from './webhook.ts';

export type { ChatFault } from './faults.ts';
export type { DiscordMessage } from './discord-store.ts';
export type { SlackMessage } from './slack-store.ts';

/** The chats and the webhook receiver of the loopback Internet, with what their readers see. */
export interface Chat {
  hosts: Host[];
  discord: Discord;
  slack: Slack;
  webhook: WebhookReceiver;
}

export function createChat(): Chat {
  const [discord, slack, webhook] = [new Discord(), new Slack(), new WebhookReceiver()];
  return { hosts: [discord.host, discord.gateway.host, ...slack.hosts, webhook.host], discord, slack, webhook };
}
