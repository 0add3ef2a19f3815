import { z } from 'zod';
import type { DeliveryContext, Notice, Notifier, RemoteMessage } from '../../../domain/notice.ts';
import { composeMessage, type MessageOptions } from '../../message.ts';
import type { Message } from '../../message-parts.ts';
import { plainText } from '../../../domain/text.ts';
import { readAnswer } from '../../transport.ts';
import { canBePosted, fullOrMinimal, hasCode, messageId, newsOrBare } from './channel.ts';
import type { Mention } from './render.ts';
import type { DiscordRest } from './rest.ts';

export interface WebhookTarget {
  readonly id: string;
  readonly token: string;
  /** null: the channel itself, or one more thread per proposal in a forum. */
  readonly thread: string | null;
}

/** The id, the token and the thread of a webhook's address; the id is public, the token is the secret. */
export function webhookTarget(url: string): WebhookTarget {
  const { pathname, searchParams } = new URL(url);
  const [, id = '', token = ''] = /\/webhooks\/(\d+)\/([\w-]+)\/?$/.exec(pathname) ?? [];
  return { id, token, thread: searchParams.get('thread_id') };
}

export interface DiscordWebhookOptions extends MessageOptions {
  readonly target: WebhookTarget;
  readonly rest: DiscordRest;
  readonly mention: Mention | null;
}

interface Place {
  readonly rest: DiscordRest;
  readonly route: `/webhooks/${string}`;
  readonly thread: string | null;
}

/**
 * A webhook edits its own message but makes no threads and knows no nonce: one living message per proposal, and one
 * more line for each ping. A crash between sending and remembering can show a message twice. In a forum, each proposal
 * is a thread of its own.
 */
export function discordWebhook({ target, rest, mention, statusUrl }: DiscordWebhookOptions): Notifier {
  const route = `/webhooks/${target.id}/${target.token}` as const;

  const deliver = async (notice: Notice, context: DeliveryContext): Promise<RemoteMessage> => {
    const { previous, attempt, signal } = context;
    const message = composeMessage(notice, { statusUrl });
    const place = { rest, route, thread: target.thread ?? previous?.['thread'] ?? null };
    if (!previous || !(await edit(place, notice, message, context))) {
      return post({ ...place, thread: target.thread }, message, notice.pings ? mention : null, context);
    }
    if (notice.pings) {
      const send = (body: object): Promise<unknown> =>
        rest.call('POST', route, { body, query: toThread(place, { wait: 'true' }), signal });
      messageId(await newsOrBare(send, message, mention, attempt));
    }
    return previous;
  };

  const id = `discord:${target.id}${target.thread === null ? '' : `/${target.thread}`}`;
  return { id, deliver, close: async () => rest.close() };
}

/**
 * A webhook that belongs to no application shows buttons that are mere links, if it is asked to.
 * @see https://docs.discord.com/developers/resources/webhook#execute-webhook (with_components)
 */
const BUTTONS = { with_components: 'true' };

function toThread({ thread }: Place, more: Readonly<Record<string, string>>): URLSearchParams {
  return new URLSearchParams({ ...more, ...(thread === null ? {} : { thread_id: thread }) });
}

async function post(
  place: Place,
  message: Message,
  mention: Mention | null,
  { attempt, signal }: DeliveryContext,
): Promise<RemoteMessage> {
  const { rest, route } = place;
  const query = toThread(place, { wait: 'true', ...BUTTONS });
  const write = (named: object): Promise<unknown> =>
    fullOrMinimal(
      ({ body, ...data }) => {
        const whole = { ...(body as object), ...named };
        return rest.call('POST', route, { ...data, body: whole, query, signal });
      },
      message,
      mention,
      attempt,
    );
  try {
    return { message: messageId(await write({})) };
  } catch (thrown) {
    if (!hasCode(thrown, 'discord-forum-needs-thread')) throw thrown;
    const started = await write({ thread_name: plainText(message.mark ?? message.title, 100) });
    return { message: messageId(started), thread: readAnswer(threadSchema, started).channel_id };
  }
}

/** The channel of a message that began a thread is that thread. */
const threadSchema = z.object({ channel_id: z.string().min(1) });

/** False where there is no message any more that could be changed. */
async function edit(place: Place, notice: Notice, message: Message, context: DeliveryContext) {
  const { previous, attempt, signal } = context;
  const own = `${place.route}/messages/${previous?.['message'] ?? ''}` as const;
  const query = toThread(place, BUTTONS);
  try {
    const send = (data: object): Promise<unknown> => place.rest.call('PATCH', own, { ...data, query, signal });
    messageId(await fullOrMinimal(send, message, null, attempt));
    return true;
  } catch (thrown) {
    if (!canBePosted(thrown, notice)) throw thrown;
    return false;
  }
}
