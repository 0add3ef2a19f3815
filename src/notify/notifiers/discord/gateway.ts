import type { ChatInputCommandInteraction, Client, Interaction } from 'discord.js';
import { z } from 'zod';
import { WatchError } from '../../../domain/errors.ts';
import type { Answer } from '../../command-answer.ts';
import { within, type CommandLink } from '../../chat-listener.ts';
import { CHAT_LIMITS, readAnswer, type Fetch } from '../../transport.ts';
import { discordCommands, MANAGE_GUILD } from './command-forms.ts';
import { discordError } from './errors.ts';
import { renderMessage, renderMinimal } from './render.ts';
import { makeRequest } from './rest.ts';

export interface GatewayOptions {
  readonly token: string;
  /** The channel that the bot writes to: commands are taken from its server only. */
  readonly channel: string;
  readonly fetch: Fetch;
  readonly answer: Answer;
  /** Takes what went wrong while somebody was answered. */
  readonly failed: (error: unknown) => void;
  /** Milliseconds; default 60 seconds. */
  readonly graceMs?: number;
}

const channelAnswer = z.object({ guild_id: z.string().regex(/^\d{1,20}$/) });

/** Slash commands over Discord's gateway, so that no public address is needed. */
export function discordGateway(options: GatewayOptions): CommandLink {
  const { graceMs = 60_000 } = options;
  let session: { readonly client: Client; over: boolean } | null = null;

  const end = async (): Promise<void> => {
    const ended = session;
    session = null;
    await ended?.client.destroy();
  };

  const begin = async (signal: AbortSignal): Promise<void> => {
    const client = await createClient(options);
    const begun = { client, over: false };
    session = begun;
    // The library comes back from a lost connection by itself; from these it does not.
    client.on('shardDisconnect', () => (begun.over = true));
    client.on('invalidated', () => (begun.over = true));
    const late = new WatchError('transport', 'discord-gateway-stalled', 'Discord’s gateway did not answer in time');
    await within(logIn(client, options), graceMs, signal, late);
  };

  const connected = async (signal: AbortSignal): Promise<void> => {
    if (session?.over) await end();
    if (session) {
      if (isWell(session.client)) return;
      await end();
    }
    try {
      await begin(signal);
    } catch (thrown) {
      await end().catch(() => undefined);
      throw gatewayError(thrown);
    }
  };
  return { name: 'discord', connected, close: end };
}

const READY: number = 0;

/** @see https://discord.js.org/docs/packages/discord.js/14.28.1/Status:Enum */
function isWell({ ws }: Client): boolean {
  return ws.shards.size > 0 && ws.shards.every(({ status }) => READY === (status as number));
}

async function createClient({ fetch, failed }: GatewayOptions): Promise<Client> {
  const { Client } = await import('discord.js');
  const client = new Client({
    intents: [],
    allowedMentions: { parse: [] },
    rest: { retries: 0, timeout: CHAT_LIMITS.timeoutMs + 1000, makeRequest: makeRequest(fetch, CHAT_LIMITS) },
  });
  // Without a listener these would end the process; the next look at the connection says what is the matter.
  client.on('error', () => undefined);
  client.on('shardError', () => undefined);
  survivePackets(client, failed);
  return client;
}

/** A packet that the library cannot read would be a rejection that nobody handles, and end the service. */
function survivePackets(client: Client, failed: (error: unknown) => void): void {
  const manager = client.ws as unknown as { handlePacket: (...packet: unknown[]) => boolean };
  const handle = manager.handlePacket.bind(manager);
  manager.handlePacket = (...packet) => {
    try {
      return handle(...packet);
    } catch (thrown) {
      failed(discordError(thrown));
      return false;
    }
  };
}

/** Commands belong to the server of the channel: in any other one, strangers may manage things. */
async function logIn(client: Client, options: GatewayOptions): Promise<void> {
  await client.login(options.token);
  const application = client.application?.id;
  if (application === undefined) throw new WatchError('transport', 'discord-gateway-malformed', 'Discord named no bot');
  const { guild_id: guild } = readAnswer(channelAnswer, await client.rest.get(`/channels/${options.channel}`));
  await client.rest.put(`/applications/${application}/guilds/${guild}/commands`, { body: discordCommands() });
  client.on('interactionCreate', (interaction: Interaction) => {
    if (!interaction.isChatInputCommand() || interaction.guildId !== guild) return;
    reply(interaction, options).catch((thrown: unknown) => options.failed(discordError(thrown)));
  });
}

/** Only the asker sees the answer. */
async function reply(interaction: ChatInputCommandInteraction, { answer }: GatewayOptions): Promise<void> {
  const { MessageFlags } = await import('discord.js');
  const { applicationId, token, client } = interaction;
  const { rest } = client;
  await interaction.deferReply({ flags: MessageFlags.Ephemeral });
  const message = await answer({
    command: interaction.commandName,
    text: interaction.options.getString('id') ?? '',
    manages: interaction.memberPermissions?.has(MANAGE_GUILD) ?? false,
    managers: 'who may manage this server',
  });
  const send = async (body: ReturnType<typeof renderMessage>): Promise<void> => {
    await rest.patch(`/webhooks/${applicationId}/${token}/messages/@original`, { body, auth: false });
  };
  try {
    await send(renderMessage(message, null));
  } catch (thrown) {
    if (discordError(thrown).kind !== 'rejected') throw thrown;
    await send(renderMinimal(message, null));
  }
}

function gatewayError(thrown: unknown): WatchError {
  if (thrown instanceof Error && (thrown as { code?: unknown }).code === 'TokenInvalid') {
    return new WatchError('rejected', 'discord-unauthorized', 'Discord does not take the bot’s token');
  }
  const error = discordError(thrown);
  if (error.kind !== 'bug') return error;
  return new WatchError('transport', 'discord-gateway-unreachable', 'Discord’s gateway is out of reach');
}
