import { z } from 'zod';
import type { Notice } from '../../../domain/notice.ts';
import type { Message } from '../../message-parts.ts';
import { hasCode, messageId, newsOrBare, nonceOf } from './channel.ts';
import { renderNews } from './render.ts';
import { isRefusal, readAnswer, readEach } from '../../transport.ts';
import type { Room } from './room.ts';

interface Entry {
  readonly notice: Notice;
  readonly message: Message;
  /** The living message; a thread that starts from a message has the message's id. */
  readonly id: string;
  readonly hadThread: boolean;
  readonly attempt: number;
  readonly signal: AbortSignal;
}

const WEEK_MINUTES = 10_080;
const NO_THREAD = 'discord-unknown-channel';
const listSchema = z.array(z.unknown());
const listedSchema = z.object({ content: z.string(), author: z.object({ id: z.string() }) });

/** What happened to a proposal, in the thread of its message; pings are written there. True: there is a thread. */
export async function addToHistory(room: Room, entry: Entry): Promise<boolean> {
  try {
    if (!entry.hadThread) await open(room, entry);
    await write(room, entry.id, entry);
    return true;
  } catch (thrown) {
    if (entry.hadThread && hasCode(thrown, NO_THREAD)) return addToHistory(room, { ...entry, hadThread: false });
    if (!isRefusal(thrown)) throw thrown;
    // Without threads a ping stands in the channel, and what is no ping is in the living message alone.
    if (entry.notice.pings) await write(room, room.channel, entry);
    return false;
  }
}

async function open({ channel, call }: Room, { notice, id, signal }: Entry): Promise<void> {
  const name = `Proposal ${notice.proposal?.id ?? ''}`;
  const body = { name, auto_archive_duration: WEEK_MINUTES };
  try {
    await call('POST', `/channels/${channel}/messages/${id}/threads`, { body, signal });
  } catch (thrown) {
    if (!hasCode(thrown, 'discord-thread-exists')) throw thrown;
  }
}

async function write(room: Room, place: string, { notice, message, attempt, signal }: Entry): Promise<void> {
  const mention = notice.pings ? room.mention : null;
  if (await stands(room, place, renderNews(message, mention).content, signal)) return;
  const send = (body: object): Promise<unknown> => {
    const numbered = { ...body, ...nonceOf('news', place, notice.key) };
    return room.call('POST', `/channels/${place}/messages`, { body: numbered, signal });
  };
  messageId(await newsOrBare(send, message, mention, attempt));
}

/**
 * After a crash nobody knows whether this news was written. The nonce is forgotten after minutes; after that it is
 * known by its words, the time among them.
 */
async function stands({ call, facts }: Room, place: string, content: string, signal: AbortSignal): Promise<boolean> {
  try {
    const query = new URLSearchParams({ limit: '100' });
    const own = await facts.ownId(signal);
    const listed = readAnswer(listSchema, await call('GET', `/channels/${place}/messages`, { query, signal }));
    return readEach(listedSchema, listed).some((one) => one.author.id === own && one.content === content);
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown;
    return false;
  }
}
