import { consoleLines } from './console/console.ts';
import { discord } from './discord/discord.ts';
import { slack } from './slack/slack.ts';
import { webhook } from './webhook/webhook.ts';

/** Every way of telling. A new one is a folder here and a line here. */
export const NOTIFIERS = [discord, slack, webhook, consoleLines] as const;
