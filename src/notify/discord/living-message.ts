import { z } from 'zod';
import type { Notice } from '../../domain/notice.ts';
import type { Message } from '../parts.ts';
import { fullOrMinimal, hasCode, messageId, nonceOf, withAttachment } from './channel.ts';
import { renderMessage, renderMinimal } from './render.ts';
import { readAnswer } from '../transport.ts';
import type { Room } from './room.ts';

/** Guild announcement: what is posted there can be published to the channels that follow it. */
const ANNOUNCEMENT = 5;
const NO_ACCESS = ['discord-missing-access', 'discord-missing-permissions'];

const listSchema = z.array(
  z.object({
    id: z.string(),
    author: z.object({ id: z.string() }),
    embeds: z.array(z.object({ footer: z.object({ text: z.string() }).optional() })).default([]),
  }),
);

interface Posting {
  readonly notice: Notice;
  readonly message: Message;
  /** Id of the message that was deleted; else empty. */
  readonly replaced: string;
  readonly signal: AbortSignal;
}

export async function post(room: Room, { notice, message, replaced, signal }: Posting): Promise<string> {
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
    withAttachment(renderMessage(message, to), message),
    renderMinimal(message, to),
  );
  return messageId(posted);
}

/** False where the message is gone. */
export async function edit(room: Room, id: string, message: Message, signal: AbortSignal): Promise<boolean> {
  try {
    const edited = await fullOrMinimal(
      (data) => room.call('PATCH', `/channels/${room.channel}/messages/${id}`, { ...data, signal }),
      withAttachment(renderMessage(message, null), message),
      renderMinimal(message, null),
    );
    messageId(edited);
    return true;
  } catch (thrown) {
    if (hasCode(thrown, 'discord-unknown-message')) return false;
    throw thrown;
  }
}

/** Our message for the proposal, if it was posted before a crash that kept it from being remembered. */
export async function find({ channel, call, facts }: Room, { mark }: Message, signal: AbortSignal) {
  if (mark === null) return null;
  try {
    const query = new URLSearchParams({ limit: '100' });
    const own = await facts.ownId(signal);
    const listed = readAnswer(listSchema, await call('GET', `/channels/${channel}/messages`, { query, signal }));
    const ours = listed.find(({ author, embeds }) => {
      return author.id === own && embeds.some(({ footer }) => footer?.text.endsWith(` · ${mark}`) === true);
    });
    return ours?.id ?? null;
  } catch (thrown) {
    // A bot that may not read the channel's history still has its nonce.
    if (hasCode(thrown, ...NO_ACCESS)) return null;
    throw thrown;
  }
}

/** Publishes to the followers of an announcement channel; later edits reach them by themselves. */
export async function publish({ channel, call, facts }: Room, id: string, signal: AbortSignal): Promise<boolean> {
  if ((await facts.type(signal)) !== ANNOUNCEMENT) return false;
  try {
    await call('POST', `/channels/${channel}/messages/${id}/crosspost`, { signal });
  } catch (thrown) {
    if (!hasCode(thrown, 'discord-already-crossposted', ...NO_ACCESS)) throw thrown;
  }
  return true;
}
