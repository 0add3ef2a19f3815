import { styleText, stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import type { DiscordMessage } from './chat/discord-store.ts';
import { readMessage } from './chat/discord-text.ts';

const MOST_COLUMNS = 100;
const FEWEST_COLUMNS = 40;

/** Columns of a box: those of the terminal, and no more than can be read in one line. */
export function boxWidth(columns: number | undefined): number {
  return Math.max(FEWEST_COLUMNS, Math.min(columns ?? 80, MOST_COLUMNS));
}

/** One chat message in a frame, as its reader sees it. */
export function messageBox(message: DiscordMessage, title: string, nowMs: number, width: number): string {
  const { lines, embeds, buttons } = readMessage(message, nowMs);
  const room = width - 4;
  const body = [
    ...lines.flatMap((line, at) => folded(line, room).map((part) => (at === 0 ? styleText('bold', part) : part))),
    ...embeds.flatMap(({ colour, lines: inner }) => {
      const bar = styleText(colourOf(colour), '▌');
      return inner.flatMap((line) => folded(line, room - 2).map((part) => `${bar} ${part}`));
    }),
    ...buttons.flatMap((line) => folded(line, room)),
  ];
  const head = `─ ${plain(title)} `;
  return [
    `╭${head}${'─'.repeat(Math.max(0, width - 2 - stringWidth(head)))}╮`,
    ...body.map((line) => `│ ${line}${' '.repeat(Math.max(0, room - stringWidth(line)))} │`),
    `╰${'─'.repeat(width - 2)}╯`,
  ].join('\n');
}

/** One event as one line. */
export function eventLine(nowMs: number, what: string, width: number): string {
  const line = `${new Date(nowMs).toISOString().slice(11, 19)}  ${plain(what.slice(0, 500))}`;
  return stringWidth(line) <= width ? line : `${folded(line, width - 1)[0] ?? ''}…`;
}

/** One line of the service's log in JSON as one event; null: a detail of another one. */
export function logEvent(json: string): string | null {
  let line: Record<string, unknown>;
  try {
    line = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return json.trim() === '' ? null : json;
  }
  if ('subject' in line) return null;
  const words = [line['msg'], numbered(line['proposal']), line['sentence'] ?? line['outcome'] ?? line['code']];
  return words.filter((word) => typeof word === 'string' && word !== '').join(' · ');
}

function numbered(proposal: unknown): string {
  return typeof proposal === 'string' ? `proposal ${proposal}` : '';
}

function folded(line: string, width: number): string[] {
  return wrapAnsi(plain(line), width, { hard: true }).split('\n');
}

/** A terminal must not do what a message says. */
function plain(text: string): string {
  return stripVTControlCharacters(text).replace(
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    '',
  );
}

function colourOf(colour: number): 'green' | 'red' | 'yellow' | 'blue' | 'gray' {
  const [red, green, blue] = [(colour >> 16) & 255, (colour >> 8) & 255, colour & 255];
  if (Math.max(red, green, blue) - Math.min(red, green, blue) < 24) return 'gray';
  if (red > 150 && green > 120) return 'yellow';
  if (red > green && red > blue) return 'red';
  return green > blue ? 'green' : 'blue';
}
