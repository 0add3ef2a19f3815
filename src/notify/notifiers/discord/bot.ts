import type { DeliveryContext, Notice, Notifier, RemoteMessage } from '../../../domain/notice.ts';
import { composeMessage, type MessageOptions } from '../../message.ts';
import type { Message } from '../../message-parts.ts';
import { addToHistory } from './channel-history.ts';
import { edit, find, post, publish } from './living-message.ts';
import type { Mention } from './render.ts';
import type { DiscordRest } from './rest.ts';
import { unlessUnreadable } from '../../transport.ts';
import { channelFacts, type Room } from './room.ts';

export interface DiscordBotOptions extends MessageOptions {
  readonly channel: string;
  readonly rest: DiscordRest;
  readonly mention: Mention | null;
}

/** One living message per proposal with its history in a thread, the same after any crash. */
export function discordBot({ channel, rest, mention, statusUrl }: DiscordBotOptions): Notifier {
  const room = { channel, call: rest.call, mention, facts: channelFacts(rest.call, channel) };
  return {
    id: `discord:${channel}`,
    deliver: (notice, context) => deliver(room, notice, composeMessage(notice, { statusUrl }), context),
    close: async () => rest.close(),
  };
}

async function deliver(room: Room, notice: Notice, message: Message, context: DeliveryContext): Promise<RemoteMessage> {
  const { previous, attempt, signal } = context;
  const known = previous?.['message'] ?? (await unlessUnreadable(find(room, message, signal), attempt));
  const edited = known !== null && (await edit(room, known, { notice, message, attempt, signal }));
  const id = edited ? known : await post(room, { notice, message, attempt, replaced: known ?? '', signal });
  const published = (edited && previous?.['published'] === 'yes') || (await publish(room, id, context));
  // Of a message that was found nobody knows whether it pinged for this notice: rather twice than never.
  const isNews = edited && notice.type !== 'progress' && (previous !== null || notice.pings);
  const hadThread = edited && previous?.['thread'] === 'yes';
  const entry = { notice, message, id, hadThread, attempt, signal };
  const hasThread = isNews ? await addToHistory(room, entry) : hadThread;
  return {
    message: id,
    channel: room.channel,
    ...(published ? { published: 'yes' } : {}),
    ...(hasThread ? { thread: 'yes' } : {}),
  };
}
