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
    z.object({
      ts: z.string(),
      thread_ts: z.string().optional(),
      bot_id: z.string().optional(),
      metadata: metadataSchema.optional().catch(undefined),
    }),
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
  // The report is written wherever it is not yet, also after a failure between it and its message.
  if (isNews || delivery.message.attachment) {
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

/** Pieces of a report in one message of a thread, and the most of such messages. */
const PIECES = 3;
const REPORT_MESSAGES = 5;

/** The news in the thread, then the whole report of a verdict; shown in the channel as well where it pings. */
async function reply(delivery: Delivery, ts: string, loud: boolean): Promise<void> {
  const { message, notice } = delivery;
  const { text, blocks } = renderNews(message);
  const report = message.attachment ? renderReport(message.attachment, PIECES * REPORT_MESSAGES) : [];
  const written = await writtenKeys(delivery, ts);
  for (let at = 0; at === 0 || at < report.length; at += PIECES) {
    const key = at === 0 ? notice.key : `${notice.key} report ${at}`;
    // After a crash nobody knows how much of it was written.
    if (written.has(key)) continue;
    const some = report.slice(at, at + PIECES);
    await write(delivery, ts, { key, loud: loud && at === 0, text, blocks: at === 0 ? [...blocks, ...some] : some });
  }
}

interface Reply extends SlackBody {
  readonly key: string;
  readonly loud: boolean;
}

async function write(delivery: Delivery, ts: string, { key, loud, text, blocks }: Reply): Promise<void> {
  const body = shown({ text, blocks });
  const broadcast = loud ? { reply_broadcast: true } : {};
  const where = { channel: delivery.channel, thread_ts: ts };
  await delivery.call('chat.postMessage', { ...where, ...body, ...broadcast, metadata: metadata(delivery, key) });
}

/** Our message for the proposal (or, without one, for the very notice), from before a crash. */
async function find({ channel, call, notice, message }: Delivery): Promise<string | null> {
  const ours = await listOwn(call, 'conversations.history', { channel, limit: 200 });
  const found = ours.find(({ ts, thread_ts, metadata: said }) => {
    // A reply that is shown in the channel as well is no living message.
    const isReply = thread_ts !== undefined && thread_ts !== ts;
    if (isReply || said?.event_type !== EVENT) return false;
    const { mark, key } = said.event_payload;
    return message.mark === null ? key === notice.key : mark === message.mark;
  });
  return found?.ts ?? null;
}

/** What of our news stands in the thread of our message. */
async function writtenKeys({ channel, call }: Delivery, ts: string): Promise<ReadonlySet<unknown>> {
  const ours = await listOwn(call, 'conversations.replies', { channel, ts, limit: 200 });
  return new Set(ours.filter((one) => one.ts !== ts).map((one) => one.metadata?.event_payload['key']));
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

function metadata({ notice, message }: Delivery, key = notice.key): Record<string, unknown> {
  return { event_type: EVENT, event_payload: { key, ...(message.mark ? { mark: message.mark } : {}) } };
}

/** Nothing that we send is opened, and no name in it is linked. */
function shown({ text, blocks }: SlackBody): Record<string, unknown> {
  const quiet = { unfurl_links: false, unfurl_media: false, link_names: false, parse: 'none' };
  return { text, ...(blocks.length > 0 ? { blocks } : {}), ...quiet };
}
