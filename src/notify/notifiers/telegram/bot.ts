import { z } from 'zod';
import type { DeliveryContext, Notice, Notifier, RemoteMessage } from '../../../domain/notice.ts';
import { firstTaken } from '../../forms.ts';
import { composeMessage, type MessageOptions } from '../../message.ts';
import type { Message } from '../../message-parts.ts';
import { isRefusal, readAnswer } from '../../transport.ts';
import { hasWord, hopeless, MovedChat, type TelegramCall } from './bot-api.ts';
import { renderBare, renderMessage, renderMinimal, renderNews, type TelegramText } from './render.ts';

export interface TelegramBotOptions extends MessageOptions {
  readonly chat: string;
  readonly call: TelegramCall;
}

interface Delivery {
  readonly chat: string;
  readonly call: TelegramCall;
  readonly notice: Notice;
  readonly message: Message;
  readonly context: DeliveryContext;
}

const sentSchema = z.object({ message_id: z.int() });

/**
 * One living message per proposal, and one more for each ping in reply to it, since an edit rings nowhere. A bot cannot
 * read what it wrote: a crash between sending and remembering can show a message twice.
 */
export function telegramBot({ chat, call, statusUrl }: TelegramBotOptions): Notifier {
  return {
    id: `telegram:${chat}`,
    deliver: (notice, context) => {
      const message = composeMessage(notice, { statusUrl });
      return follow({ chat: context.previous?.['chat'] ?? chat, call, notice, message, context });
    },
    close: async () => undefined,
  };
}

/** Goes after a group that moved, once: its new number is Telegram's own word. */
async function follow(delivery: Delivery): Promise<RemoteMessage> {
  try {
    return await deliver(delivery);
  } catch (thrown) {
    if (!(thrown instanceof MovedChat)) throw thrown;
    // Messages of before cannot be edited there.
    return deliver({ ...delivery, chat: thrown.to, context: { ...delivery.context, previous: null } });
  }
}

async function deliver(delivery: Delivery): Promise<RemoteMessage> {
  const { chat, notice, context } = delivery;
  const known = context.previous?.['message'] ?? null;
  if (known === null || !(await edit(delivery, known))) return { message: await post(delivery), chat };
  if (notice.pings) await ping(delivery, known);
  return { message: known, chat };
}

async function post(delivery: Delivery): Promise<string> {
  const { notice } = delivery;
  const sent = await inSomeForm(delivery, (text) => send(delivery, text, { disable_notification: !notice.pings }));
  return String(readAnswer(sentSchema, sent).message_id);
}

/** False where there is no message any more that could be changed: then a new one tells it. */
async function edit(delivery: Delivery, id: string): Promise<boolean> {
  const { chat, call, notice, context } = delivery;
  const change = async ({ text, entities }: TelegramText): Promise<unknown> => {
    const body = { chat_id: chat, message_id: Number(id), text, entities, link_preview_options: NO_PREVIEW };
    try {
      return await call('editMessageText', body, context.signal);
    } catch (thrown) {
      if (hasWord(thrown, 'not-modified')) return { message_id: Number(id) };
      throw thrown;
    }
  };
  try {
    readAnswer(sentSchema, await inSomeForm(delivery, change));
    return true;
  } catch (thrown) {
    // Progress is worth no new message, unless its own is gone.
    const canBePosted = hasWord(thrown, 'message-gone') || (isRefusal(thrown) && notice.type !== 'progress');
    if (!canBePosted) throw thrown;
    return false;
  }
}

async function ping(delivery: Delivery, id: string): Promise<void> {
  const { message, context } = delivery;
  const reply = { message_id: Number(id), allow_sending_without_reply: true };
  const forms = [() => renderNews(message), () => renderBare(message)];
  const sent = await firstTaken(forms, (text) => send(delivery, text, { reply_parameters: reply }), {
    attempt: context.attempt,
    hopeless,
  });
  readAnswer(sentSchema, sent);
}

const NO_PREVIEW = { is_disabled: true };

function send({ chat, call, context }: Delivery, { text, entities }: TelegramText, more: object): Promise<unknown> {
  const body = { chat_id: chat, text, entities, link_preview_options: NO_PREVIEW, ...more };
  return call('sendMessage', body, context.signal);
}

/** What cannot be shown in full is shown in two lines, or in one. */
function inSomeForm<T>({ message, context }: Delivery, give: (text: TelegramText) => Promise<T>): Promise<T> {
  const forms = [() => renderMessage(message), () => renderMinimal(message), () => renderBare(message)];
  return firstTaken(forms, give, { attempt: context.attempt, hopeless });
}
