import { plainText } from '../../../domain/text.ts';
import { escapePiece, escapeSlack, plainLine, utcText } from '../../escape.ts';
import { type Attachment, fitLines, fitSections, type Line, type Message, type Span } from '../../message-parts.ts';
import type { Block, RichTextBlock, RichTextElement } from './blocks.ts';

/**
 * Within Slack’s limits whatever is in a message: 50 blocks, 150 characters of a header, 3000 of a text. All text is
 * that of rich text elements, in which no sign has a meaning.
 * @see https://docs.slack.dev/reference/block-kit/blocks
 */
const HEADER = 150;
const FACTS = 2500;
const SECTION = { each: 2500, all: 6500 };
const PIECE = 2900;

export interface SlackBody {
  /** For notifications, and for readers without blocks: mrkdwn. */
  readonly text: string;
  readonly blocks: Block[];
}

export function renderMessage(message: Message): SlackBody {
  const { title, headline, facts, sections, links, footer } = message;
  const measure = (line: Line): number => plainLine(line).length;
  const top = fitLines([[{ text: headline, bold: true }], ...facts], FACTS, measure);
  return {
    text: fallback(message),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: plainText(title, HEADER), emoji: false } },
      richText(top),
      ...fitSections(sections, SECTION, measure).flatMap(({ title: name, lines }): Block[] => [
        richText([[{ text: name, bold: true }], ...lines]),
      ]),
      ...buttons(links),
      { type: 'context', elements: [{ type: 'plain_text', text: plainText(footer, 500), emoji: false }] },
    ],
  };
}

/** @see https://docs.slack.dev/reference/block-kit/block-elements/button-element (text 75, url 3000) */
function buttons(links: Message['links']): Block[] {
  const elements = links.map(({ label, link }, at) => ({
    type: 'button' as const,
    action_id: `link-${at}`,
    text: { type: 'plain_text' as const, text: plainText(label, 75), emoji: false },
    url: link,
  }));
  return elements.length === 0 ? [] : [{ type: 'actions', elements }];
}

/** The verdict line and its sentence, for when Slack refuses the rest of it. */
export function renderMinimal(message: Message): SlackBody {
  return { text: fallback(message), blocks: [] };
}

/** Nothing but the verdict line, all of it ours. */
export function renderBare({ title }: Message): SlackBody {
  return { text: escapeSlack(title, 200), blocks: [] };
}

export function renderNews({ news }: Message): SlackBody {
  return { text: escapeSlack(plainLine(news), 900), blocks: [richText([news])] };
}

/** A report in pieces of whole lines, at most `limit` of them; what is left out is said in the last one. */
export function renderReport({ text, again }: Attachment, limit: number): Block[] {
  const lines = text.split('\n').map((one) => plainText(one, 600));
  const pieces: string[] = [];
  for (const [at, next] of lines.entries()) {
    const last = pieces.at(-1);
    const rest = `… and ${lines.length - at} more lines: ${again}`;
    const room = PIECE - (pieces.length === limit ? rest.length + 1 : 0);
    if (last !== undefined && last.length + next.length + 1 <= room) pieces[pieces.length - 1] = `${last}\n${next}`;
    else if (pieces.length < limit) pieces.push(next);
    else {
      pieces[pieces.length - 1] = `${last ?? ''}\n${rest}`;
      break;
    }
  }
  return pieces
    .filter((piece) => piece.trim() !== '')
    .map((piece) => ({
      type: 'rich_text',
      elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: piece }] }],
    }));
}

function fallback({ title, headline }: Message): string {
  return `${escapeSlack(title, 200)}\n${escapeSlack(headline, 600)}`;
}

function richText(lines: readonly Line[]): RichTextBlock {
  const elements = lines.flatMap((line, at): RichTextElement[] => [
    ...(at === 0 ? [] : [{ type: 'text' as const, text: '\n' }]),
    ...line.flatMap(element),
  ]);
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] };
}

/** Slack refuses elements without text. */
function element(span: Span): RichTextElement[] {
  if ('time' in span) {
    const fallback = utcText(span.time);
    return [{ type: 'date', timestamp: span.time, format: '{date_short_pretty} {time} ({ago})', fallback }];
  }
  if ('link' in span) return [{ type: 'link', url: span.link, text: span.label }];
  if ('code' in span) return span.code === '' ? [] : [{ type: 'text', text: span.code, style: { code: true } }];
  const text = escapePiece(span.text, plainText);
  if (text === '') return [];
  return [{ type: 'text', text, ...(span.bold ? { style: { bold: true } } : {}) }];
}
