import type { Host } from '../types.ts';
import { Apprise } from './apprise.ts';
import { Discord } from './discord.ts';
import { MailServer } from './mail.ts';
import { Matrix } from './matrix.ts';
import { Ntfy } from './ntfy.ts';
import { PagerDuty } from './pagerduty.ts';
import { Slack } from './slack.ts';
import { Telegram } from './telegram.ts';
import { WebhookReceiver } from './webhook.ts';

export type { ChatFault } from './faults.ts';
export type { DiscordMessage } from './discord-store.ts';
export type { SlackMessage } from './slack-store.ts';

/** The chats and the webhook receiver of the loopback Internet, with what their readers see. */
export interface Chat {
  hosts: Host[];
  discord: Discord;
  slack: Slack;
  telegram: Telegram;
  matrix: Matrix;
  ntfy: Ntfy;
  pagerduty: PagerDuty;
  apprise: Apprise;
  /** Listens nowhere before it is started. */
  mail: MailServer;
  webhook: WebhookReceiver;
}

export function createChat(): Chat {
  const [discord, slack, webhook] = [new Discord(), new Slack(), new WebhookReceiver()];
  const [telegram, matrix, ntfy] = [new Telegram(), new Matrix(), new Ntfy()];
  const [pagerduty, apprise, mail] = [new PagerDuty(), new Apprise(), new MailServer()];
  const others = [telegram, matrix, ntfy, pagerduty, apprise].map(({ host }) => host);
  const hosts = [discord.host, discord.gateway.host, ...slack.hosts, webhook.host, ...others];
  return { hosts, discord, slack, telegram, matrix, ntfy, pagerduty, apprise, mail, webhook };
}
