import type { DiscordBody } from '../../src/notify/notifiers/discord/render.ts';
import { awayFrom, html, longDate } from './markup.ts';

/** What Discord makes of a message: enough of its markdown to see whether ours is read as we mean it. */
export function discordHtml({ content, embeds, components = [] }: DiscordBody, now: number): string {
  const buttons = components.map(
    (row) =>
      `<div class="buttons">${row.components.map(({ label, url }) => `<a title="${html(url)}">${html(label)}</a>`).join('')}</div>`,
  );
  return message(
    `<div class="content">${markdown(content, now)}</div>${embeds.map((one) => embed(one, now)).join('')}${buttons.join('')}`,
  );
}

function message(body: string): string {
  return `<article class="discord"><div class="face">n</div><div class="body">
    <div class="who">nns-watch <span class="app">APP</span></div>${body}</div></article>`;
}

function embed({ color, description, fields, footer }: DiscordBody['embeds'][number], now: number): string {
  const bar = `#${(color ?? 0).toString(16).padStart(6, '0')}`;
  const parts = (fields ?? []).map(
    ({ name, value }) => `<div class="field"><b>${markdown(name, now)}</b><div>${markdown(value, now)}</div></div>`,
  );
  return `<div class="embed" style="border-color: ${bar}"><div>${markdown(description ?? '', now)}</div>
    ${parts.join('')}<div class="footer">${html(footer?.text ?? '')}</div></div>`;
}

const TOKENS = [
  /\\(?<escaped>[^A-Za-z0-9\s])/,
  /`(?<code>[^`\n]+)`/,
  /\*\*(?<bold>(?:\\.|[^\\])+?)\*\*/,
  /\[(?<label>(?:\\.|[^\]\\\n])+)\]\((?<link>https:\/\/[^\s)]+)\)/,
  /<t:(?<time>\d+):(?<form>[fR])>/,
  /<@&(?<role>\d+)>/,
  /(?<everyone>@everyone|@here)/,
  /(?<address>https?:\/\/[^\s<]+)/,
];
const TOKEN = new RegExp(TOKENS.map(({ source }) => source).join('|'), 'g');

/** @see https://support.discord.com/hc/en-us/articles/210298617 */
export function markdown(text: string, now: number): string {
  let out = '';
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    out += html(text.slice(end, match.index)) + token(match.groups ?? {}, now);
    end = match.index + match[0].length;
  }
  return (out + html(text.slice(end))).replaceAll('\n', '<br>');
}

function token(found: Record<string, string | undefined>, now: number): string {
  const { escaped, code, bold, label, link, time, form, role, everyone, address } = found;
  if (escaped !== undefined) return html(escaped);
  if (code !== undefined) return `<code>${html(code)}</code>`;
  if (bold !== undefined) return `<b>${markdown(bold, now)}</b>`;
  if (label !== undefined && link !== undefined) return `<a title="${html(link)}">${markdown(label, now)}</a>`;
  if (time !== undefined) return `<time>${form === 'f' ? longDate(Number(time)) : awayFrom(Number(time), now)}</time>`;
  if (role !== undefined) return '<mark>@voters</mark>';
  if (everyone !== undefined) return `<mark>${everyone}</mark>`;
  return `<a title="${html(address ?? '')}">${html(address ?? '')}</a>`;
}
