import { plainText } from '../domain/text.ts';
import { escapePiece } from './escape.ts';
import type { Line, Message, Span } from './parts.ts';

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
export function plainMessage({ title, headline, facts, sections, footer }: Message): string[] {
  return [
    plainText(title, 300),
    plainText(headline, 600),
    ...facts.map(plainLine),
    ...sections.flatMap((section) => [`${section.title}:`, ...section.lines.map((line) => `  ${plainLine(line)}`)]),
    footer,
  ];
}
