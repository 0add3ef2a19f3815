import { z } from 'zod';
import type { DeliveryContext, Notice, Notifier, RemoteMessage } from '../../../domain/notice.ts';
import { composeMessage, type MessageOptions } from '../../message.ts';
import type { Message } from '../../message-parts.ts';
import { isRefusal, readAnswer, readEach, unlessUnreadable, type ChatLimits, type Fetch } from '../../transport.ts';
import type { Block } from './blocks.ts';
import { createCall, type SlackCall } from './call.ts';
import { withMention, type SlackMention } from './mention.ts';
import { renderBare, renderNews, renderReport, type SlackBody } from './render.ts';
import { fullOrMinimal, GONE, hasCode } from './sending.ts';

export interface SlackBotOptions extends MessageOptions {
  readonly channel: string;
  readonly token: string;
  readonly fetch: Fetch;
  readonly limits: ChatLimits;
  readonly mention: SlackMention | null;
}

interface Delivery {
  readonly channel: string;
  readonly call: SlackCall;
  readonly notice: Notice;
  readonly message: Message;
  readonly attempt: number;
  /** null: nobody, by this notice. */
  readonly mention: SlackMention | null;
}

const EVENT = 'nns_watch_notice';

const postedSchema = z.object({ ts: z.string() });
const ownSchema = z.object({ bot_id: z.string() });
const metadataSchema = z.object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) });
const listSchema = z.object({ messages: z.array(z.unknown()) });
const listedSchema = z.object({
  ts: z.string(),
  thread_ts: z.string().optional(),
  bot_id: z.string(),
  metadata: metadataSchema.optional().catch(undefined),
});
type Listed = z.infer<typeof listedSchema>;

/** One living message per proposal with its history in its thread, known again by its metadata after a crash. */
export function slackBot({ channel, token, fetch, limits, mention, statusUrl }: SlackBotOptions): Notifier {
  return {
    id: `slack:${channel}`,
    deliver: (notice, context) => {
      const call = createCall({ token, fetch, limits, signal: context.signal });
      const message = composeMessage(notice, { statusUrl });
      const named = notice.pings ? mention : null;
      return deliver({ channel, call, notice, message, attempt: context.attempt, mention: named }, context);
    },
    close: async () => undefined,
  };
}

async function deliver(delivery: Delivery, { previous }: DeliveryContext): Promise<RemoteMessage> {
  const { notice, channel, attempt } = delivery;
  const known = previous?.['ts'] ?? (await unlessUnreadable(find(delivery), attempt));
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
  // Where the way breaks it is looked for before anything is posted again.
  const posted = await fullOrMinimal(message, { extra: [], attempt: 0 }, (body, full) =>
    call('chat.postMessage', {
      channel,
      ...shown(withMention(body, delivery.mention)),
      ...(full ? { metadata: metadata(delivery) } : {}),
    }),
  );
  return readAnswer(postedSchema, posted).ts;
}

/** False where there is no message any more that could be changed: then a new one tells it. */
async function edit(delivery: Delivery, ts: string): Promise<boolean> {
  const { call, channel, message, attempt, notice } = delivery;
  try {
    await fullOrMinimal(message, { extra: [], attempt }, ({ text, blocks }) =>
      call('chat.update', { channel, ts, text, blocks, metadata: metadata(delivery) }),
    );
    return true;
  } catch (thrown) {
    // Progress is worth no new message, unless its own is gone.
    const canBePosted = hasCode(thrown, ...GONE) || (isRefusal(thrown) && notice.type !== 'progress');
    if (!canBePosted) throw thrown;
    return false;
  }
}

/** Pieces of a report in one message of a thread, and the most of such messages. */
const PIECES = 3;
const REPORT_MESSAGES = 5;

/** The news in the thread, then the whole report of a verdict; shown in the channel as well where it pings. */
async function reply(delivery: Delivery, ts: string, loud: boolean): Promise<void> {
  const { message, notice } = delivery;
  const report = message.attachment ? renderReport(message.attachment, PIECES * REPORT_MESSAGES) : [];
  const { text } = renderNews(message);
  const written = await writtenKeys(delivery, ts);
  // After a crash nobody knows how much of it was written.
  if (!written.has(notice.key)) await replyNews(delivery, ts, loud, report.slice(0, PIECES));
  for (let at = PIECES; at < report.length; at += PIECES) {
    const key = `${notice.key} report ${at}`;
    if (written.has(key)) continue;
    const more = { text, blocks: report.slice(at, at + PIECES) };
    // What is not taken can be done without: the message itself names the command that shows all of it.
    if (!(await taken(() => write(delivery, more, inThread(delivery, ts, key))))) return;
  }
}

/** Where Slack takes no reply, a ping stands in the channel, and what is no ping is in the living message alone. */
async function replyNews(delivery: Delivery, ts: string, loud: boolean, report: Block[]): Promise<void> {
  const { message, notice } = delivery;
  const news = renderNews(message);
  const where = { ...inThread(delivery, ts, notice.key), ...(loud ? { reply_broadcast: true } : {}) };
  const long = report.length > 0 ? [{ ...news, blocks: [...news.blocks, ...report] }] : [];
  const bare = renderBare(message);
  const named = (body: SlackBody): SlackBody => withMention(body, loud ? delivery.mention : null);
  const ways = [...long, news, bare].map(named);
  for (const body of ways) if (await taken(() => write(delivery, body, where))) return;
  if (loud && !(await taken(() => write(delivery, named(news), {})))) await write(delivery, named(bare), {});
}

async function taken(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown;
    return false;
  }
}

interface InThread {
  readonly thread_ts: string;
  readonly metadata: Record<string, unknown>;
}

function inThread(delivery: Delivery, ts: string, key: string): InThread {
  return { thread_ts: ts, metadata: metadata(delivery, key) };
}

async function write({ call, channel }: Delivery, body: SlackBody, where: Partial<InThread>): Promise<void> {
  await call('chat.postMessage', { channel, ...where, ...shown(body) });
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
    return readEach(listedSchema, messages).filter((one) => one.bot_id === own);
  } catch (thrown) {
    // What may not be read is written: rather twice than never.
    if (!isRefusal(thrown)) throw thrown;
    return [];
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
