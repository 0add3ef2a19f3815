import { escapePiece, inertText } from '../../escape.ts';
import { fitLines, fitSections, linkLine, type Line, type Message, type Span } from '../../message-parts.ts';
import { inertLine, timeText } from '../../message-text.ts';

/**
 * Budgets within Telegram’s limits whatever is in a message: 4096 UTF-16 units of text, 100 entities.
 * @see https://core.telegram.org/bots/api#sendmessage
 */
const TOP = 1400;
const SECTIONS = { each: 800, all: 2000 };
const MOST_ENTITIES = 100;

/** A part of a text that means something: positions count UTF-16 units. @see https://core.telegram.org/bots/api#messageentity */
export interface Entity {
  readonly type: 'bold' | 'code' | 'text_link';
  readonly offset: number;
  readonly length: number;
  readonly url?: string;
}

/** Text with its entities apart: no sign within it is markup, so that there is nothing to escape but what readers find. */
export interface TelegramText {
  readonly text: string;
  readonly entities: readonly Entity[];
}

export function renderMessage(message: Message): TelegramText {
  const { title, headline, facts, sections, footer } = message;
  const links = linkLine(message);
  const measure = (line: Line): number => inertLine(line).length;
  const top = fitLines([[{ text: headline }], ...facts], TOP, measure);
  return assemble([
    [{ text: inertText(title, 300), bold: true }],
    ...top,
    ...fitSections(sections, SECTIONS, measure).flatMap(({ title: name, lines }): Line[] => [
      [],
      [{ text: name, bold: true }],
      ...lines,
    ]),
    [],
    ...(links ? [links] : []),
    [{ text: inertText(footer, 200) }],
  ]);
}

/** The verdict line and its sentence. */
export function renderMinimal({ title, headline }: Message): TelegramText {
  return assemble([[{ text: inertText(title, 300), bold: true }], [{ text: inertText(headline, 600) }]]);
}

/** Nothing but the verdict line, all of it ours. */
export function renderBare({ title }: Message): TelegramText {
  return { text: inertText(title, 300), entities: [] };
}

export function renderNews({ news }: Message): TelegramText {
  return assemble([news]);
}

function assemble(lines: readonly Line[]): TelegramText {
  let text = '';
  const entities: Entity[] = [];
  for (const [at, line] of lines.entries()) {
    if (at > 0) text += '\n';
    for (const span of line) {
      const piece = textOf(span);
      const meaning = meaningOf(span);
      if (meaning !== null && piece.trim() !== '') {
        entities.push({ ...meaning, offset: text.length, length: piece.length });
      }
      text += piece;
    }
  }
  return { text, entities: entities.slice(0, MOST_ENTITIES) };
}

function textOf(span: Span): string {
  if ('text' in span) return escapePiece(span.text, inertText);
  if ('code' in span) return span.code;
  return 'time' in span ? timeText(span) : inertText(span.label);
}

function meaningOf(span: Span): Pick<Entity, 'type' | 'url'> | null {
  if ('text' in span) return span.bold ? { type: 'bold' } : null;
  if ('code' in span) return { type: 'code' };
  return 'time' in span ? null : { type: 'text_link', url: span.link };
}
