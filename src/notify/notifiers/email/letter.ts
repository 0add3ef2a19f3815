import { createHash } from 'node:crypto';
import type { Notice, RemoteMessage } from '../../../domain/notice.ts';
import { inertText } from '../../escape.ts';
import { htmlMessage } from '../../message-html.ts';
import type { Message } from '../../message-parts.ts';
import { inertLines } from '../../message-text.ts';

/** Letters have no limit that matters; readers have. Bytes. */
const ROOM = { top: 4000, sections: { each: 6000, all: 20_000 } };

export interface Correspondents {
  readonly from: string;
  readonly to: string;
}

/** One letter, in the words of the library that sends it. */
export interface Letter {
  readonly from: string;
  readonly to: string;
  readonly messageId: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly attachments?: readonly {
    readonly filename: string;
    readonly content: string;
    readonly contentType: string;
  }[];
  readonly inReplyTo?: string;
  readonly references?: readonly string[];
  readonly priority: 'high' | 'normal';
  readonly headers: Readonly<Record<string, string>>;
  readonly list: { readonly id: { readonly comment: string; readonly url: string } };
}

/** From all of it to its verdict line alone, for servers that refuse an attachment, a length or a stranger's word. */
export function letterForms(
  notice: Notice,
  message: Message,
  who: Correspondents,
  previous: RemoteMessage | null,
): (() => Letter)[] {
  const envelope = envelopeOf(notice, message, who, previous);
  const title = inertText(message.title, 300);
  const plain = (): string => [title, '', ...inertLines(message, ROOM), ''].join('\n');
  const whole = (): Letter => ({ ...envelope, text: plain(), html: page(htmlMessage(message, ROOM)) });
  const { attachment } = message;
  const report = attachment && [
    { filename: attachment.name, content: attachment.text, contentType: 'text/markdown; charset=utf-8' },
  ];
  return [
    ...(report ? [() => ({ ...whole(), attachments: report })] : []),
    whole,
    () => ({ ...envelope, text: `${title}\n\n${inertText(message.headline, 600)}\n` }),
    () => ({ ...envelope, text: `${title}\n` }),
  ];
}

/** The same news has the same name, by which servers and readers know a repetition. */
function envelopeOf(
  { key, pings }: Notice,
  { title }: Message,
  { from, to }: Correspondents,
  previous: RemoteMessage | null,
): Omit<Letter, 'text'> {
  const domain = domainOf(from);
  const digest = createHash('sha256')
    .update(JSON.stringify([key, from, to]))
    .digest('hex')
    .slice(0, 32);
  const messageId = `<nns-watch.${digest}@${domain}>`;
  const [first, last] = [previous?.['first'], previous?.['last']];
  const isReply = first !== undefined && last !== undefined && last !== messageId;
  return {
    from,
    to,
    messageId,
    subject: inertText(title, 200),
    priority: pings ? 'high' : 'normal',
    ...(isReply ? { inReplyTo: last, references: [...new Set([first, last])] } : {}),
    // RFC 3834: nobody answers a machine.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    list: { id: { comment: 'nns-watch', url: `nns-watch.${domain}` } },
  };
}

export function threadOf({ messageId }: Pick<Letter, 'messageId'>, previous: RemoteMessage | null): RemoteMessage {
  return { first: previous?.['first'] ?? messageId, last: messageId };
}

function domainOf(address: string): string {
  return /@([A-Za-z0-9.-]+)>?$/.exec(address)?.[1] ?? 'localhost';
}

function page(body: string): string {
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"></head><body>\n${body}\n</body></html>\n`;
}
