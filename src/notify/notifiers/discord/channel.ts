import { createHash } from 'node:crypto';
import { z } from 'zod';
import { WatchError } from '../../../domain/errors.ts';
import type { Notice } from '../../../domain/notice.ts';
import { firstTaken } from '../../forms.ts';
import type { Message } from '../../message-parts.ts';
import { isRefusal, readAnswer } from '../../transport.ts';
import { renderBare, renderMessage, renderMinimal, renderNews, type DiscordBody, type Mention } from './render.ts';
import type { CallData } from './rest.ts';

const messageSchema = z.object({ id: z.string().min(1) });

/** The id of the message that Discord wrote or changed; whoever answers otherwise is not Discord, and nothing was told. */
export function messageId(answer: unknown): string {
  return readAnswer(messageSchema, answer).id;
}

/** Of a message that somebody deleted, or that an earlier bot in this channel wrote. */
const GONE = ['discord-unknown-message', 'discord-message-of-another'];

/** Attached where there is something to attach; on an edit it takes the place of the earlier one. */
function withAttachment(body: DiscordBody, { attachment }: Message): Pick<CallData, 'body' | 'files'> {
  if (!attachment) return { body };
  const { name, text } = attachment;
  return {
    body: { ...body, attachments: [{ id: '0', filename: name }] },
    files: [{ name, data: Buffer.from(text), contentType: 'text/markdown' }],
  };
}

/**
 * Discord makes one message of all that come with one nonce within a few minutes: at most 25 characters.
 * @see https://docs.discord.com/developers/resources/message#create-message (nonce, enforce_nonce)
 */
export function nonceOf(...parts: readonly string[]): { readonly nonce: string; readonly enforce_nonce: true } {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
  return { nonce: digest.slice(0, 25), enforce_nonce: true };
}

/**
 * What cannot be shown in full is shown without its file and buttons, in two lines, or in one: a message that Discord refuses, or
 * that the bot has no right to attach a file to, would be a lost one.
 */
export function fullOrMinimal<T>(
  send: (data: Pick<CallData, 'body' | 'files'>) => Promise<T>,
  message: Message,
  mention: Mention | null,
  attempt: number,
): Promise<T> {
  const forms = [
    () => withAttachment(renderMessage(message, mention), message),
    ...(message.attachment || message.links.length > 0
      ? [() => ({ body: renderMessage(message, mention, 'text') })]
      : []),
    () => ({ body: renderMinimal(message, mention) }),
    () => ({ body: renderBare(message, mention) }),
  ];
  return firstTaken(forms, send, { attempt, hopeless });
}

/** A piece of news; in fewer words where Discord refuses it. */
export function newsOrBare<T>(
  send: (body: DiscordBody) => Promise<T>,
  message: Message,
  mention: Mention | null,
  attempt: number,
): Promise<T> {
  const forms = [() => renderNews(message, mention), () => renderBare(message, mention)];
  return firstTaken(forms, send, { attempt, hopeless });
}

/** Whatever would be sent. */
const HOPELESS = [
  'discord-forum-needs-thread',
  'discord-unauthorized',
  'discord-unknown-channel',
  'discord-unknown-webhook',
  ...GONE,
];

const hopeless = (thrown: unknown): boolean => hasCode(thrown, ...HOPELESS);

export function hasCode(thrown: unknown, ...codes: readonly string[]): boolean {
  return thrown instanceof WatchError && codes.includes(thrown.code);
}

/** Whether what could not be edited is told in a new message. Progress is worth none, unless its message is gone. */
export function canBePosted(thrown: unknown, { type }: Notice): boolean {
  return hasCode(thrown, ...GONE) || (isRefusal(thrown) && type !== 'progress');
}
