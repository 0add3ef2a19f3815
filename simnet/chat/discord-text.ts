import type { DiscordMessage } from './discord-store.ts';

/** What a reader of Discord sees of a message: the text above, and each embed with the colour of its bar. */
export interface ReadMessage {
  readonly lines: readonly string[];
  /** A line for each row of them, below all else. */
  readonly buttons: readonly string[];
  readonly embeds: readonly { readonly colour: number; readonly lines: readonly string[] }[];
}

export function readMessage(message: DiscordMessage, nowMs: number): ReadMessage {
  const { content, embeds, components, attachments } = message;
  const text = (markdown: string | null | undefined): string[] =>
    markdown === undefined || markdown === null || markdown === '' ? [] : readable(markdown, nowMs).split('\n');
  return {
    lines: [...text(content), ...attachments.map(({ filename }) => `📎 ${filename}`)],
    buttons: components.map((row) => row.components.map(({ label }) => `[ ${label} ]`).join(' ')),
    embeds: embeds.map(({ color, title, description, fields, footer }) => ({
      colour: color ?? 0,
      lines: [
        ...text(title),
        ...text(description),
        ...(fields ?? []).flatMap(({ name, value }) => ['', ...text(name), ...text(value)]),
        ...(footer === undefined ? [] : ['', footer.text]),
      ],
    })),
  };
}

const TOKEN = new RegExp(
  [
    /\\(?<escaped>[^A-Za-z0-9\s])/,
    /`(?<code>[^`\n]+)`/,
    /\*\*(?<bold>(?:\\.|[^\\])+?)\*\*/,
    /\[(?<label>(?:\\.|[^\]\\\n])+)\]\((?:https:\/\/[^\s)]+)\)/,
    /<t:(?<time>\d+):(?<form>[a-zA-Z])>/,
    /<@&(?<role>\d+)>/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

/** Discord's markdown as it reads once it is drawn. @see https://docs.discord.com/developers/reference#message-formatting */
export function readable(markdown: string, nowMs: number): string {
  return markdown.replace(TOKEN, (whole, ...rest) => {
    const { escaped, code, bold, label, time, form, role } = rest.at(-1) as Record<string, string | undefined>;
    if (time !== undefined) return form === 'R' ? fromNow(Number(time), nowMs) : longDate(Number(time));
    if (role !== undefined) return '@voters';
    const inner = bold ?? label;
    return inner === undefined ? (escaped ?? code ?? whole) : readable(inner, nowMs);
  });
}

function longDate(seconds: number): string {
  return new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeStyle: 'short' }).format(seconds * 1000);
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

function fromNow(seconds: number, nowMs: number): string {
  const left = seconds - nowMs / 1000;
  const [unit, size] = UNITS.find(([, each]) => Math.abs(left) >= each) ?? ['second', 1];
  return new Intl.RelativeTimeFormat('en-US').format(Math.trunc(left / size), unit);
}
