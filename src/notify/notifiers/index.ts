import { apprise } from './apprise/apprise.ts';
import { consoleLines } from './console/console.ts';
import { discord } from './discord/discord.ts';
import { email } from './email/email.ts';
import { matrix } from './matrix/matrix.ts';
import { ntfy } from './ntfy/ntfy.ts';
import { pagerduty } from './pagerduty/pagerduty.ts';
import { slack } from './slack/slack.ts';
import { telegram } from './telegram/telegram.ts';
import { webhook } from './webhook/webhook.ts';

/** Every way of telling. A new one is a folder here and a line here. */
export const NOTIFIERS = [
  discord,
  slack,
  telegram,
  matrix,
  email,
  ntfy,
  pagerduty,
  apprise,
  webhook,
  consoleLines,
] as const;
