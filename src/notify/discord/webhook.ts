import type { DeliveryContext, Notice, Notifier, RemoteMessage } from '../../domain/notice.ts';
import { composeMessage, type MessageOptions } from '../message.ts';
import type { Message } from '../parts.ts';
import { canBePosted, fullOrMinimal, messageId } from './channel.ts';
import { renderMessage, renderMinimal, renderNews, type Mention } from './render.ts';
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

  const post = async (message: Message, pings: boolean, signal: AbortSignal): Promise<RemoteMessage> => {
    const to = pings ? mention : null;
    const query = new URLSearchParams({ wait: 'true' });
    const posted = await fullOrMinimal(
      (data) => rest.call('POST', route, { ...data, query, signal }),
      message,
      renderMessage(message, to),
      renderMinimal(message, to),
    );
    return { message: messageId(posted) };
  };

  const edit = async (notice: Notice, message: Message, { previous, signal }: DeliveryContext): Promise<boolean> => {
    try {
      const edited = await fullOrMinimal(
        (data) => rest.call('PATCH', `${route}/messages/${previous?.['message'] ?? ''}`, { ...data, signal }),
        message,
        renderMessage(message, null),
        renderMinimal(message, null),
      );
      messageId(edited);
      return true;
    } catch (thrown) {
      if (!canBePosted(thrown, notice)) throw thrown;
      return false;
    }
  };

  const deliver = async (notice: Notice, context: DeliveryContext): Promise<RemoteMessage> => {
    const { previous, signal } = context;
    const message = composeMessage(notice, { statusUrl });
    if (!previous || !(await edit(notice, message, context))) return post(message, notice.pings, signal);
    if (notice.pings) {
      const query = new URLSearchParams({ wait: 'true' });
      messageId(await rest.call('POST', route, { body: renderNews(message, mention), query, signal }));
    }
    return previous;
  };

  return { id: `discord:${target.id}`, deliver, close: async () => rest.close() };
}
