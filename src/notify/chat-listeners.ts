import type { AnswerDeps } from './answer.ts';
import { createAnswer } from './answer.ts';
import type { CommandLink } from './chat-listener.ts';
import { discordGateway } from './discord/gateway.ts';
import { slackSocket, type SocketOptions } from './slack/socket.ts';
import type { Fetch } from './transport.ts';

export type { CommandLink } from './chat-listener.ts';

/** null: not set. */
export interface CommandSettings {
  readonly discordBotToken: string | null;
  readonly discordChannelId: string | null;
  readonly slackAppToken: string | null;
  readonly slackAdmins: readonly string[] | null;
}

export interface CommandDeps extends AnswerDeps {
  readonly fetch: Fetch;
  readonly dispatcher: SocketOptions['dispatcher'];
  /** Called when a chat ended a good connection. */
  readonly lost: (link: string) => void;
}

/** The ways on which commands come in, as far as the settings have them. Nothing is connected by making them. */
export function createCommandLinks(settings: CommandSettings, deps: CommandDeps): readonly CommandLink[] {
  const { discordBotToken, discordChannelId: channel, slackAppToken, slackAdmins } = settings;
  const { fetch, failed, dispatcher } = deps;
  const answer = createAnswer(deps);
  const discord =
    discordBotToken === null || channel === null
      ? []
      : [discordGateway({ token: discordBotToken, channel, fetch, answer, failed })];
  if (slackAppToken === null) return discord;
  const lost = (): void => deps.lost('slack');
  const admins = slackAdmins ?? [];
  return [...discord, slackSocket({ token: slackAppToken, admins, fetch, dispatcher, answer, failed, lost })];
}
