import type { DeliveryContext, Notice, Notifier, RemoteMessage } from '../../../domain/notice.ts';
import { composeMessage, type MessageOptions } from '../../message.ts';
import type { Message } from '../../message-parts.ts';
import { canBePosted, fullOrMinimal, messageId, newsOrBare } from './channel.ts';
import type { Mention } from './render.ts';
import type { DiscordRest } from './rest.ts';

export interface WebhookTarget {
  readonly id: string;
  readonly token: string;
}

/** The id and the token of a webhook's address; the id is public, the token is the secret. */
export function webhookTarget(url: string): WebhookTarget {
  const [, id = '', token = ''] = /\/webhooks\/(\d+)\/([\w-]+)\/?$/.exec(url) ?? [];
  return { id, token };
}

export interface DiscordWebhookOptions extends MessageOptions {
  readonly target: WebhookTarget;
  readonly rest: DiscordRest;
  readonly mention: Mention | null;
}

/**
 * A webhook edits its own message but makes no threads and knows no nonce: one living message per proposal, and one
 * more line for each ping. A crash between sending and remembering can show a message twice.
 */
export function discordWebhook({ target, rest, mention, statusUrl }: DiscordWebhookOptions): Notifier {
  const route = `/webhooks/${target.id}/${target.token}` as const;

  const post = async ({ pings }: Notice, message: Message, context: DeliveryContext): Promise<RemoteMessage> => {
    const { attempt, signal } = context;
    const to = pings ? mention : null;
    const query = new URLSearchParams({ wait: 'true', ...BUTTONS });
    const posted = await fullOrMinimal(
      (data) => rest.call('POST', route, { ...data, query, signal }),
      message,
      to,
      attempt,
    );
    return { message: messageId(posted) };
  };

  const deliver = async (notice: Notice, context: DeliveryContext): Promise<RemoteMessage> => {
    const { previous, attempt, signal } = context;
    const message = composeMessage(notice, { statusUrl });
    if (!previous || !(await edit({ rest, route }, notice, message, context))) return post(notice, message, context);
    if (notice.pings) {
      const query = new URLSearchParams({ wait: 'true' });
      const send = (body: object): Promise<unknown> => rest.call('POST', route, { body, query, signal });
      messageId(await newsOrBare(send, message, mention, attempt));
    }
    return previous;
  };

  return { id: `discord:${target.id}`, deliver, close: async () => rest.close() };
}

/**
 * A webhook that belongs to no application shows buttons that are mere links, if it is asked to.
 * @see https://docs.discord.com/developers/resources/webhook#execute-webhook (with_components)
 */
const BUTTONS = { with_components: 'true' };

interface Place {
  readonly rest: DiscordRest;
  readonly route: `/webhooks/${string}`;
}

/** False where there is no message any more that could be changed. */
async function edit({ rest, route }: Place, notice: Notice, message: Message, context: DeliveryContext) {
  const { previous, attempt, signal } = context;
  const own = `${route}/messages/${previous?.['message'] ?? ''}` as const;
  try {
    const query = new URLSearchParams(BUTTONS);
    const send = (data: object): Promise<unknown> => rest.call('PATCH', own, { ...data, query, signal });
    messageId(await fullOrMinimal(send, message, null, attempt));
    return true;
  } catch (thrown) {
    if (!canBePosted(thrown, notice)) throw thrown;
    return false;
  }
}
