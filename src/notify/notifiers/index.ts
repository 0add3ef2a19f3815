import { consoleLines } from './console.ts';
import { discord } from './discord.ts';
import { slack } from './slack.ts';
import { webhook } from './webhook.ts';

/** Every way of telling. A new one is a file here and a line here. */
export const NOTIFIERS = [discord, slack, webhook, consoleLines] as const;
