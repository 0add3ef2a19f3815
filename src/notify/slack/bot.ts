import { z } from 'zod';
import type { DeliveryContext, Notice, Notifier, RemoteMessage } from '../../domain/notice.ts';
import { composeMessage, type MessageOptions } from '../message.ts';
import type { Message } from '../parts.ts';
import { readAnswer, type ChatLimits, type Fetch } from '../transport.ts';
import { createCall, type SlackCall } from './call.ts';
import { renderNews, renderReport, type SlackBody } from './render.ts';
import { fullOrMinimal, hasCode } from './sending.ts';

export interface SlackBotOptions extends MessageOptions {
  readonly channel: string;
  readonly token: string;
  readonly fetch: Fetch;
  readonly limits: ChatLimits;
}

interface Delivery {
  readonly channel: string;
  readonly call: SlackCall;
  readonly notice: Notice;
  readonly message: Message;
}

const EVENT = 'nns_watch_notice';
const GONE = ['slack-message-not-found', 'slack-cant-update-message', 'slack-edit-window-closed'];
const UNREADABLE = ['slack-missing-scope', 'slack-not-in-channel', 'slack-no-permission'];

const postedSchema = z.object({ ts: z.string() });
const ownSchema = z.object({ bot_id: z.string() });
const metadataSchema = z.object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) });
const listSchema = z.object({
  messages: z.array(
    z.object({ ts: z.string(), bot_id: z.string().optional(), metadata: metadataSchema.optional().catch(undefined) }),
  ),
});
type Listed = z.infer<typeof listSchema>['messages'][number];

/** One living message per proposal with its history in its thread, known again by its metadata after a crash. */
export function slackBot({ channel, token, fetch, limits, statusUrl }: SlackBotOptions): Notifier {
  return {
    id: `slack:${channel}`,
    deliver: (notice, context) => {
      const call = createCall({ token, fetch, limits, signal: context.signal });
      return deliver({ channel, call, notice, message: composeMessage(notice, { statusUrl }) }, context);
    },
    close: async () => undefined,
  };
}

async function deliver(delivery: Delivery, { previous }: DeliveryContext): Promise<RemoteMessage> {
  const { notice, channel } = delivery;
  const known = previous?.['ts'] ?? (await find(delivery));
  const edited = known !== null && (await edit(delivery, known));
  const ts = edited ? known : await post(delivery);
  // Of a message that was found nobody knows whether it told this notice: rather twice than never.
  const isNews = edited && notice.type !== 'progress' && (previous !== null || notice.pings);
  if (isNews || (!edited && delivery.message.attachment)) {
    await reply(delivery, ts, isNews && notice.pings);
  }
  return { ts, channel };
}

async function post(delivery: Delivery): Promise<string> {
  const { call, channel, message } = delivery;
  const posted = await fullOrMinimal(message, [], (body) =>
    call('chat.postMessage', { channel, ...shown(body), metadata: metadata(delivery) }),
  );
  return readAnswer(postedSchema, posted).ts;
}

/** False where the message is gone. */
async function edit(delivery: Delivery, ts: string): Promise<boolean> {
  const { call, channel, message } = delivery;
  try {
    await fullOrMinimal(message, [], ({ text, blocks }) =>
      call('chat.update', { channel, ts, text, blocks, metadata: metadata(delivery) }),
    );
    return true;
  } catch (thrown) {
    if (hasCode(thrown, ...GONE)) return false;
    throw thrown;
  }
}

/** The news in the thread, with the whole report of a verdict; shown in the channel as well where it pings. */
async function reply(delivery: Delivery, ts: string, loud: boolean): Promise<void> {
  const { call, channel, message } = delivery;
  // After a crash nobody knows whether it was written.
  if (await stands(delivery, ts)) return;
  const { text, blocks } = renderNews(message);
  const report = message.attachment ? renderReport(message.attachment.text, 3) : [];
  const body = shown({ text, blocks: [...blocks, ...report] });
  const broadcast = loud ? { reply_broadcast: true } : {};
  await call('chat.postMessage', { channel, thread_ts: ts, ...body, ...broadcast, metadata: metadata(delivery) });
}

/** Our message for the proposal (or, without one, for the very notice), from before a crash. */
async function find({ channel, call, notice, message }: Delivery): Promise<string | null> {
  const ours = await listOwn(call, 'conversations.history', { channel, limit: 200 });
  const found = ours.find(({ metadata: said }) => {
    if (said?.event_type !== EVENT) return false;
    const { mark, key } = said.event_payload;
    return message.mark === null ? key === notice.key : mark === message.mark;
  });
  return found?.ts ?? null;
}

async function stands({ channel, call, notice }: Delivery, ts: string): Promise<boolean> {
  const ours = await listOwn(call, 'conversations.replies', { channel, ts, limit: 200 });
  return ours.some((one) => one.ts !== ts && one.metadata?.event_payload['key'] === notice.key);
}

async function listOwn(call: SlackCall, method: string, where: Record<string, unknown>): Promise<Listed[]> {
  try {
    const { messages } = readAnswer(listSchema, await call(method, { ...where, include_all_metadata: true }));
    const { bot_id: own } = readAnswer(ownSchema, await call('auth.test', {}));
    return messages.filter((one) => one.bot_id === own);
  } catch (thrown) {
    if (hasCode(thrown, ...UNREADABLE)) return [];
    throw thrown;
  }
}

function metadata({ notice, message }: Delivery): Record<string, unknown> {
  return { event_type: EVENT, event_payload: { key: notice.key, ...(message.mark ? { mark: message.mark } : {}) } };
}

/** Nothing that we send is opened, and no name in it is linked. */
function shown({ text, blocks }: SlackBody): Record<string, unknown> {
  const quiet = { unfurl_links: false, unfurl_media: false, link_names: false, parse: 'none' };
  return { text, ...(blocks.length > 0 ? { blocks } : {}), ...quiet };
}
