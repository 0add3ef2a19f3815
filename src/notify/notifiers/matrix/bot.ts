import type { DeliveryContext, Notice, Notifier, RemoteMessage } from '../../../domain/notice.ts';
import { firstTaken } from '../../forms.ts';
import { composeMessage, type MessageOptions } from '../../message.ts';
import type { Message } from '../../message-parts.ts';
import { isRefusal } from '../../transport.ts';
import { hasWord, hopeless, transactionOf, type MatrixRoom } from './client.ts';
import {
  editContent,
  messageContent,
  renderBare,
  renderMessage,
  renderMinimal,
  renderNews,
  threadContent,
  type MatrixText,
} from './render.ts';

export interface MatrixBotOptions extends MessageOptions {
  readonly id: string;
  readonly room: MatrixRoom;
}

interface Delivery {
  readonly room: MatrixRoom;
  readonly notice: Notice;
  readonly message: Message;
  readonly context: DeliveryContext;
}

/** One living message per proposal with its history in its thread, the same after a crash by the names of its transactions. */
export function matrixBot({ id, room, statusUrl }: MatrixBotOptions): Notifier {
  return {
    id,
    deliver: (notice, context) => deliver({ room, notice, message: composeMessage(notice, { statusUrl }), context }),
    close: async () => undefined,
  };
}

async function deliver(delivery: Delivery): Promise<RemoteMessage> {
  const { notice, context } = delivery;
  const known = context.previous?.['event'] ?? null;
  const shown = progressOf(notice);
  // An edit is one more event for every server of the room: not each percent is worth one.
  if (known !== null && notice.type === 'progress' && context.previous?.['shown'] === shown) return context.previous;
  const edited = known !== null && (await edit(delivery, known));
  const event = edited ? known : await post(delivery, known ?? '');
  if (edited && notice.type !== 'progress') await addToThread(delivery, event);
  return { event, ...(shown === null ? {} : { shown }) };
}

/** The stage, and the tens of percent. */
function progressOf({ type, standing }: Notice): string | null {
  if (type !== 'progress' || standing === null) return null;
  return `${standing.stage} ${Math.floor((standing.percent ?? 0) / 10)}`;
}

function post({ room, notice, message, context }: Delivery, replaced: string): Promise<string> {
  const transaction = transactionOf('message', notice.key, replaced);
  return inSomeForm(message, context, (text) =>
    room.send(messageContent(text, notice.pings), transaction, context.signal),
  );
}

/** False where there is no message any more that could be changed: then a new one tells it. */
async function edit({ room, notice, message, context }: Delivery, event: string): Promise<boolean> {
  const { signal } = context;
  try {
    // Servers take the edit of a message that was taken away, and show nobody.
    if (!(await room.stands(event, signal))) return false;
    const transaction = transactionOf('edit', notice.key, event, progressOf(notice) ?? '');
    await inSomeForm(message, context, (text) => room.send(editContent(text, message, event), transaction, signal));
    return true;
  } catch (thrown) {
    const canBePosted = isRefusal(thrown) && notice.type !== 'progress' && !hasWord(thrown, 'unknown-token');
    if (!canBePosted) throw thrown;
    return false;
  }
}

/** The news in the thread; where none is taken, a ping stands in the room, and what is no ping is in the living message. */
async function addToThread({ room, notice, message, context }: Delivery, event: string): Promise<void> {
  const { attempt, signal } = context;
  const { pings, key } = notice;
  const forms = [() => renderNews(message), () => renderBare(message)];
  const send = (contentOf: (text: MatrixText) => object, place: string): Promise<string> => {
    const transaction = transactionOf('news', key, place);
    return firstTaken(forms, (text) => room.send(contentOf(text), transaction, signal), { attempt, hopeless });
  };
  try {
    await send((text) => threadContent(text, pings, event), event);
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown;
    if (pings) await send((text) => messageContent(text, true), 'room');
  }
}

function inSomeForm(
  message: Message,
  { attempt }: DeliveryContext,
  give: (text: MatrixText) => Promise<string>,
): Promise<string> {
  const forms = [() => renderMessage(message), () => renderMinimal(message), () => renderBare(message)];
  return firstTaken(forms, give, { attempt, hopeless });
}
