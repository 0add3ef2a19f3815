import type { SocketModeClient, SocketModeOptions } from '@slack/socket-mode';
import { z } from 'zod';
import { WatchError } from '../../../domain/errors.ts';
import type { Answer, Asked } from '../../command-answer.ts';
import { within, type CommandLink } from '../../chat-listener.ts';
import { CHAT_LIMITS, type Fetch } from '../../transport.ts';
import { slackError } from './errors.ts';
import { renderMessage } from './render.ts';
import { boundedFetch } from './sending.ts';

export interface SocketOptions {
  /** `xapp-…`. */
  readonly token: string;
  /** Ids of those who may change something. */
  readonly admins: readonly string[];
  readonly fetch: Fetch;
  /** Follows the proxy of the environment. */
  readonly dispatcher: NonNullable<SocketModeOptions['dispatcher']>;
  readonly answer: Answer;
  /** Takes what went wrong while somebody was answered. */
  readonly failed: (error: unknown) => void;
  /** Called when a connection that had been good is gone: Slack ends them every few hours. */
  readonly lost: () => void;
  /** Milliseconds; default 60 seconds. */
  readonly graceMs?: number;
}

/** Slash commands over socket mode, so that no public address is needed. */
export function slackSocket(options: SocketOptions): CommandLink {
  const { graceMs = 60_000, lost } = options;
  let current: SocketModeClient | null = null;

  const begin = async (signal: AbortSignal): Promise<void> => {
    const client = await createClient(options, signal);
    try {
      const late = new WatchError('transport', 'slack-socket-stalled', 'Slack’s socket mode did not answer in time');
      await within(client.start(), graceMs, signal, late);
    } catch (thrown) {
      client.disconnect().catch(() => undefined);
      throw socketError(thrown);
    }
    current = client;
    client.on('disconnected', () => {
      if (current !== client) return;
      current = null;
      lost();
    });
  };

  return {
    name: 'slack',
    connected: async (signal) => {
      if (current === null) await begin(signal);
    },
    close: async () => {
      const client = current;
      current = null;
      await client?.disconnect();
    },
  };
}

async function createClient(options: SocketOptions, signal: AbortSignal): Promise<SocketModeClient> {
  const { SocketModeClient, LogLevel } = await import('@slack/socket-mode');
  const none = (): void => undefined;
  const silent = { setLevel: none, getLevel: () => LogLevel.ERROR, setName: none };
  const client = new SocketModeClient({
    appToken: options.token,
    // Its own way back throws where nobody catches once Slack refuses it.
    autoReconnectEnabled: false,
    dispatcher: options.dispatcher,
    logger: { ...silent, debug: none, info: none, warn: none, error: none },
    clientOptions: {
      fetch: boundedFetch(options.fetch, CHAT_LIMITS, signal),
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
    },
  });
  client.on('slash_commands', (event: CommandEvent) => {
    reply(event, options).catch((thrown: unknown) => options.failed(socketError(thrown)));
  });
  // A button that is a link is told as well: without an answer Slack shows a warning beside it.
  client.on('interactive', ({ ack }: Pick<CommandEvent, 'ack'>) => {
    ack({}).catch((thrown: unknown) => options.failed(socketError(thrown)));
  });
  return client;
}

interface CommandEvent {
  readonly ack: (response: object) => Promise<void>;
  readonly body: unknown;
}

const commandBody = z.object({ command: z.string(), text: z.string().default(''), user_id: z.string() });

/** Slack waits three seconds for the answer, which only the asker sees. */
async function reply({ ack, body }: CommandEvent, { answer, admins }: SocketOptions): Promise<void> {
  const read = commandBody.safeParse(body);
  if (!read.success) return ack({});
  const manages = admins.includes(read.data.user_id);
  const message = await answer({ ...wordsOf(read.data), manages, managers: 'whom SLACK_ADMINS names' });
  const { text, blocks } = renderMessage(message);
  await ack({ response_type: 'ephemeral', text, blocks });
}

/**
 * `/verdict 143816`, `/nns-verdict 143816` or `/nns-watch verdict 143816`: Slack has a `/status` and a `/mute` of its
 * own, so that apps need other names for theirs.
 */
function wordsOf({ command, text }: z.infer<typeof commandBody>): Pick<Asked, 'command' | 'text'> {
  const name = command.replace(/^\//, '');
  if (name !== 'nns-watch') return { command: name.replace(/^nns-/, ''), text };
  const [word = '', ...rest] = text.trim().split(/\s+/, 3);
  return { command: word, text: rest.join(' ') };
}

function socketError(thrown: unknown): WatchError {
  // What ends a connection before it was good comes without a word.
  if (thrown === undefined) return unreachable();
  const error = slackError(thrown);
  return error.kind === 'bug' ? unreachable() : error;
}

function unreachable(): WatchError {
  return new WatchError('transport', 'slack-socket-unreachable', 'Slack’s socket mode is out of reach');
}
