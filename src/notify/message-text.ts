import { escapePiece, inertText, utcText } from './escape.ts';
import {
  fitLines,
  fitSections,
  linkLine,
  type Line,
  type Message,
  type SectionRoom,
  type Span,
} from './message-parts.ts';

/** How much of a message is shown where it is plain text. */
export interface TextRoom {
  /** Most units of the headline with the facts. */
  readonly top: number;
  readonly sections: SectionRoom;
}

/** A line as text in which no program finds anything to follow, but for our own addresses. */
export function inertLine(line: Line): string {
  return line.map(inertSpan).join('');
}

function inertSpan(span: Span): string {
  if ('text' in span) return escapePiece(span.text, inertText);
  if ('code' in span) return span.code;
  if ('time' in span) return timeText(span);
  return `${span.label}: ${span.link}`;
}

export function timeText({ time, left }: Extract<Span, { time: number }>): string {
  return `${utcText(time)}${left === undefined ? '' : ` (${left} left)`}`;
}

/** UTF-8 bytes, in which most limits of plain texts are counted. */
export const bytesOf = (line: Line): number => Buffer.byteLength(inertLine(line));

/** The whole message below its title as plain lines, within its room in bytes. */
export function inertLines(message: Message, room: TextRoom): string[] {
  const { headline, facts, sections, footer } = message;
  const links = linkLine(message);
  const top = fitLines([[{ text: headline }], ...facts], room.top, bytesOf);
  return [
    ...top.map(inertLine),
    ...fitSections(sections, room.sections, bytesOf).flatMap(({ title, lines }) => [
      '',
      `${title}:`,
      ...lines.map(inertLine),
    ]),
    '',
    ...(links ? [inertLine(links)] : []),
    inertText(footer, 400),
  ];
}
