import type { APIEmbed } from 'discord.js';
import { escapeDiscord, escapePiece } from '../../escape.ts';
import { fitLines, fitSections, linkLine, type Line, type Message, type Span, type Tone } from '../../message-parts.ts';

/**
 * Budgets that keep every message, whose parts are bounded where they are made, within Discord’s limits whatever is in it: content 2000, description 4096, field
 * name 256, value 1024, 25 fields, footer 2048, and 6000 for an embed in all.
 * @see https://docs.discord.com/developers/resources/message#embed-object-embed-limits
 */
const DESCRIPTION = 2300;
const FIELD = 1024;
const ALL = 5900;

const COLOURS: Readonly<Record<Tone, number>> = {
  verified: 0x2e7d32,
  mismatch: 0xc62828,
  inconclusive: 0xf9a825,
  busy: 0x1565c0,
  plain: 0x757575,
};

/** Whom a ping may reach: the one role that the operator named, or everyone who is here. */
export interface Mention {
  readonly text: string;
  readonly allowed: AllowedMentions;
}

export interface AllowedMentions {
  readonly parse: readonly 'everyone'[];
  readonly roles?: readonly string[];
}

export const NO_MENTIONS: AllowedMentions = { parse: [] };

/** A role id, `@here` or `@everyone`. */
export function mentionOf(setting: string | null): Mention | null {
  if (setting === null) return null;
  if (setting === '@here' || setting === '@everyone') return { text: setting, allowed: { parse: ['everyone'] } };
  return { text: `<@&${setting}>`, allowed: { parse: [], roles: [setting] } };
}

export interface DiscordBody {
  readonly content: string;
  readonly embeds: readonly APIEmbed[];
  readonly allowed_mentions: AllowedMentions;
  /** An edit without any takes those away that were there. */
  readonly components?: readonly ButtonRow[];
}

/** An action row of buttons that are mere links. */
interface ButtonRow {
  readonly type: 1;
  readonly components: readonly { readonly type: 2; readonly style: 5; readonly label: string; readonly url: string }[];
}

/** Where the links stand: a webhook whose server takes no buttons from it still shows them. */
export type Links = 'buttons' | 'text';

/** The whole message. The verdict line is the content, so that it shows where embeds are switched off. */
export function renderMessage(message: Message, mention: Mention | null, links: Links = 'buttons'): DiscordBody {
  const { headline, facts, sections, footer, tone } = message;
  const inText = links === 'text' ? linkLine(message) : null;
  const top = [[{ text: headline }], ...facts, ...(inText ? [inText] : [])];
  const lines = fitLines(top, DESCRIPTION, measure);
  const description = renderLines(lines);
  const room = { each: FIELD, all: ALL - description.length - footer.length };
  const fields = fitSections(sections, room, measure).map((section) => {
    return { name: section.title, value: renderLines(section.lines) };
  });
  const embed = { color: COLOURS[tone], description, fields, footer: { text: footer } };
  return { ...verdictLine(message, mention), embeds: [embed], components: links === 'buttons' ? buttons(message) : [] };
}

/** @see https://docs.discord.com/developers/components/reference (button, style 5: link; label 80, url 512) */
function buttons({ links }: Message): readonly ButtonRow[] {
  const shown = links.filter(({ link }) => link.length <= 512).slice(0, 5);
  const components = shown.map(({ label, link }) => {
    return { type: 2, style: 5, label: label.slice(0, 80), url: link } as const;
  });
  return components.length === 0 ? [] : [{ type: 1, components }];
}

/** The verdict line and its sentence, for when Discord refuses the rest of it. */
export function renderMinimal(message: Message, mention: Mention | null): DiscordBody {
  const { content, allowed_mentions } = verdictLine(message, mention);
  return { content: `${content}\n${escapeDiscord(message.headline, 600)}`, embeds: [], allowed_mentions };
}

/** Nothing but the verdict line, all of it ours: what a filter of words refuses may be a word of strangers. */
export function renderBare(message: Message, mention: Mention | null): DiscordBody {
  return { ...verdictLine(message, mention), embeds: [] };
}

/** One piece of news, for the history of a proposal and for pings. */
export function renderNews({ news }: Message, mention: Mention | null): DiscordBody {
  const text = mention ? `${renderLine(news)} ${mention.text}` : renderLine(news);
  return { content: text, embeds: [], allowed_mentions: mention?.allowed ?? NO_MENTIONS };
}

function verdictLine({ title }: Message, mention: Mention | null): Omit<DiscordBody, 'embeds'> {
  const text = `**${escapeDiscord(title, 300)}**`;
  return {
    content: mention ? `${text} ${mention.text}` : text,
    allowed_mentions: mention?.allowed ?? NO_MENTIONS,
  };
}

export function renderLine(line: Line): string {
  return line.map(renderSpan).join('');
}

const measure = (line: Line): number => renderLine(line).length;

function renderLines(lines: readonly Line[]): string {
  return lines.map(renderLine).join('\n');
}

function renderSpan(span: Span): string {
  if ('text' in span) {
    const text = escapePiece(span.text, escapeDiscord);
    return span.bold ? `**${text.trim()}**${text.endsWith(' ') ? ' ' : ''}` : text;
  }
  if ('code' in span) return `\`${span.code.replaceAll('`', "'")}\``;
  if ('time' in span) return `<t:${span.time}:f> (<t:${span.time}:R>)`;
  return `[${escapeDiscord(span.label)}](${span.link})`;
}
