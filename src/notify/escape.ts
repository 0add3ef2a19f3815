import { plainText } from '../domain/text.ts';
import { linkLine, type Line, type Message, type Span } from './message-parts.ts';

/** Looks like `@` and means nothing: there is no way to write an `@everyone` that every client shows as mere text. */
const HARMLESS_AT = '＠';
const HARMLESS_DOT = '․';

/**
 * Any text as bounded Discord markdown that shows that text and does nothing: no mention, link, invite, code,
 * heading, list, quote, spoiler, timestamp or custom emoji. Discord takes a backslash before any punctuation.
 * @see https://docs.discord.com/developers/reference#message-formatting
 */
export function escapeDiscord(text: string, limit = 500): string {
  return plainText(text, limit)
    .replace(/[\\`*_~|[\]</]/g, '\\$&')
    .replace(/:(?=\S)/g, '\\:')
    .replace(/^[#>+-]/, '\\$&')
    .replace(/^(\d+)([.)])/, '$1\\$2')
    .replaceAll('@', HARMLESS_AT);
}

const SLACK_ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
/** mrkdwn has no escape for its signs, so that others take their place. */
const SLACK_LOOKALIKES: Readonly<Record<string, string>> = { '*': '∗', _: '＿', '~': '∼', '`': 'ˋ', '@': HARMLESS_AT };

/**
 * Any text as bounded Slack mrkdwn that shows it and does nothing.
 * @see https://docs.slack.dev/messaging/formatting-message-text
 */
export function escapeSlack(text: string, limit = 500): string {
  return plainText(text, limit)
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|[*~`@]/g, (sign) => SLACK_LOOKALIKES[sign] ?? sign)
    .replace(/:(?=\/\/|[\w+'-]+:)/g, '：')
    .replace(/^>+/, (signs) => '›'.repeat(signs.length))
    .replace(/[&<>]/g, (sign) => SLACK_ENTITIES[sign] ?? sign);
}

/**
 * Any text as bounded plain text for readers whose programs look for something to follow by themselves: they find no
 * address, mention, hashtag, ticker or command in it. Lookalikes take the place of the signs, since such readers know no
 * escape.
 * @see https://core.telegram.org/api/entities and https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes
 */
export function inertText(text: string, limit = 500): string {
  return plainText(text, limit)
    .replaceAll('@', HARMLESS_AT)
    .replace(/:(?=\/\/)/g, '：')
    .replace(/(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\d)/g, (address) => address.replaceAll('.', HARMLESS_DOT))
    .replace(/(?<=[\p{L}\p{N}_-])\.(?=\p{L}{2})/gu, HARMLESS_DOT)
    .replace(/(?<![\p{L}\p{N}])\/(?=\w)/gu, '∕')
    .replace(/#(?=[\p{L}\p{N}_])/gu, '＃')
    .replace(/\$(?=[A-Za-z])/g, '＄');
}

const HTML_ENTITIES: Readonly<Record<string, string>> = { ...SLACK_ENTITIES, '"': '&quot;', "'": '&#39;' };

/** Any text as bounded HTML that shows it, and in which nothing is found to follow. */
export function escapeHtml(text: string, limit = 500): string {
  return htmlEntities(inertText(text, limit));
}

export function htmlEntities(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => HTML_ENTITIES[sign] ?? sign);
}

/** Any text as a Markdown code span, within which nothing has a meaning. */
export function codeSpan(text: string, limit = 500): string {
  return `\`${plainText(text, limit).replaceAll('`', "'") || ' '}\``;
}

/** Strangers' words, visibly theirs: within quotation marks that they cannot close. */
export function quoted(text: string, limit = 200): string {
  return `“${plainText(text, limit).replace(/[“”„‟«»]/g, '"')}”`;
}

/** Escapes a piece of a line and keeps a space at its ends, where it meets its neighbours. */
export function escapePiece(text: string, escape: (text: string, limit: number) => string, limit = 700): string {
  const inner = escape(text, limit);
  if (inner === '') return text === '' ? '' : ' ';
  return `${/^\s/.test(text) ? ' ' : ''}${inner}${/\s$/.test(text) ? ' ' : ''}`;
}

/** A line without any marks, for terminals and wherever nothing else fits. */
export function plainLine(line: Line): string {
  return line.map(plainSpan).join('');
}

export function plainSpan(span: Span): string {
  if ('text' in span) return escapePiece(span.text, plainText);
  if ('code' in span) return span.code;
  if ('time' in span) return `${utcText(span.time)}${span.left === undefined ? '' : ` (${span.left} left)`}`;
  return `${span.label}: ${span.link}`;
}

/** The last moment that a date can hold (ECMA-262, 21.4.1.1). */
const LAST_SECOND = 8.64e12;

export function utcText(seconds: number): string {
  if (!(Math.abs(seconds) <= LAST_SECOND)) return 'at no known time';
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The whole message as plain lines. */
export function plainMessage(message: Message): string[] {
  const { title, headline, facts, sections, footer } = message;
  const links = linkLine(message);
  return [
    plainText(title, 300),
    plainText(headline, 600),
    ...facts.map(plainLine),
    ...sections.flatMap((section) => [`${section.title}:`, ...section.lines.map((line) => `  ${plainLine(line)}`)]),
    ...(links ? [plainLine(links)] : []),
    footer,
  ];
}
