import { inertText } from '../../escape.ts';
import { htmlLine, htmlMessage } from '../../message-html.ts';
import type { Message } from '../../message-parts.ts';
import { inertLine, inertLines, type TextRoom } from '../../message-text.ts';

/**
 * Bytes of either form. An event has at most 65,536 bytes with what servers add; an edit holds its content once and its
 * own short form, and a byte can take two in JSON.
 * @see https://spec.matrix.org/latest/client-server-api/#size-limits
 */
const ROOM: TextRoom = { top: 4000, sections: { each: 3000, all: 9000 } };

/** A text in both its forms, in which nothing is a mention. */
export interface MatrixText {
  readonly body: string;
  readonly format?: 'org.matrix.custom.html';
  readonly formatted_body?: string;
}

export function renderMessage(message: Message): MatrixText {
  const body = [inertText(message.title, 300), ...inertLines(message, ROOM)].join('\n');
  return { body, format: 'org.matrix.custom.html', formatted_body: htmlMessage(message, ROOM) };
}

export function renderMinimal({ title, headline }: Message): MatrixText {
  return { body: `${inertText(title, 300)}\n${inertText(headline, 600)}` };
}

export function renderBare({ title }: Message): MatrixText {
  return { body: inertText(title, 300) };
}

export function renderNews({ news }: Message): MatrixText {
  return { body: inertLine(news), format: 'org.matrix.custom.html', formatted_body: htmlLine(news) };
}

/** Nobody, said so that no server looks for names in the text. @see https://spec.matrix.org/latest/client-server-api/#user-and-room-mentions */
const NOBODY = { 'm.mentions': {} };

/** What rings where the reader's own rules let messages ring; notices ring nowhere. */
const typeOf = (pings: boolean) => (pings ? 'm.text' : 'm.notice');

export function messageContent(text: MatrixText, pings: boolean): object {
  return { msgtype: typeOf(pings), ...text, ...NOBODY };
}

/** Readers that know no edits are shown the short form. */
export function editContent(text: MatrixText, { title }: Message, event: string): object {
  return {
    msgtype: 'm.notice',
    body: `* ${inertText(title, 300)}`,
    ...NOBODY,
    'm.new_content': messageContent(text, false),
    'm.relates_to': { rel_type: 'm.replace', event_id: event },
  };
}

export function threadContent(text: MatrixText, pings: boolean, event: string): object {
  const relation = { rel_type: 'm.thread', event_id: event, is_falling_back: true };
  return {
    ...messageContent(text, pings),
    'm.relates_to': { ...relation, 'm.in_reply_to': { event_id: event } },
  };
}
