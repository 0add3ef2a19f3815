import { z } from 'zod';
import { asWatchError } from '../../../domain/errors.ts';
import type { DeliveryContext, Notice } from '../../../domain/notice.ts';
import type { Message } from '../../message-parts.ts';
import { canBePosted, fullOrMinimal, messageId, nonceOf } from './channel.ts';
import { isRefusal, readAnswer, readEach } from '../../transport.ts';
import type { Room } from './room.ts';

/** Guild announcement: what is posted there can be published to the channels that follow it. */
const ANNOUNCEMENT = 5;
const listSchema = z.array(z.unknown());
const listedSchema = z.object({
  id: z.string(),
  author: z.object({ id: z.string() }),
  embeds: z.array(z.object({ footer: z.object({ text: z.string() }).nullish() })).default([]),
});

interface Editing {
  readonly notice: Notice;
  readonly message: Message;
  readonly attempt: number;
  readonly signal: AbortSignal;
}

interface Posting extends Editing {
  /** Id of the message that cannot be edited any more; else empty. */
  readonly replaced: string;
}

export async function post(room: Room, { notice, message, attempt, replaced, signal }: Posting): Promise<string> {
  const to = notice.pings ? room.mention : null;
  const posted = await fullOrMinimal(
    ({ body, files }) => {
      const numbered = { ...(body as object), ...nonceOf('message', room.channel, notice.key, replaced) };
      return room.call('POST', `/channels/${room.channel}/messages`, {
        body: numbered,
        signal,
        ...(files ? { files } : {}),
      });
    },
    message,
    to,
    attempt,
  );
  return messageId(posted);
}

/** False where there is no message any more that could be changed: then a new one tells it. */
export async function edit(room: Room, id: string, { notice, message, attempt, signal }: Editing): Promise<boolean> {
  try {
    const edited = await fullOrMinimal(
      (data) => room.call('PATCH', `/channels/${room.channel}/messages/${id}`, { ...data, signal }),
      message,
      null,
      attempt,
    );
    messageId(edited);
    return true;
  } catch (thrown) {
    if (!canBePosted(thrown, notice)) throw thrown;
    return false;
  }
}

/** Our message for the proposal, if it was posted before a crash that kept it from being remembered. */
export async function find({ channel, call, facts }: Room, { mark }: Message, signal: AbortSignal) {
  if (mark === null) return null;
  try {
    const query = new URLSearchParams({ limit: '100' });
    const own = await facts.ownId(signal);
    const listed = readAnswer(listSchema, await call('GET', `/channels/${channel}/messages`, { query, signal }));
    const ours = readEach(listedSchema, listed).find(({ author, embeds }) => {
      return author.id === own && embeds.some(({ footer }) => footer?.text.endsWith(` · ${mark}`) === true);
    });
    return ours?.id ?? null;
  } catch (thrown) {
    // A bot that may not read the channel's history still has its nonce.
    if (!isRefusal(thrown)) throw thrown;
    return null;
  }
}

/** Where publishing may be tried again so soon, and the first times, it is; longer it holds up no news. */
const PUBLISH_SECONDS = 60;
const PUBLISH_TRIES = 3;

/**
 * Publishes to the followers of an announcement channel; later edits reach them by themselves. Few messages may be
 * published in an hour: what cannot be for long is published with the next news.
 */
export async function publish({ channel, call, facts }: Room, id: string, { attempt, signal }: DeliveryContext) {
  try {
    if ((await facts.type(signal)) !== ANNOUNCEMENT) return false;
    await call('POST', `/channels/${channel}/messages/${id}/crosspost`, { signal });
  } catch (thrown) {
    // Published already, or not allowed: the message stands in the channel all the same.
    if (isRefusal(thrown)) return true;
    if (attempt < PUBLISH_TRIES && (asWatchError(thrown).retryAfter ?? 0) <= PUBLISH_SECONDS) throw thrown;
    return false;
  }
  return true;
}
