import type { Block, RichTextBlock, RichTextElement } from '../../src/notify/notifiers/slack/blocks.ts';
import { awayFrom, html, shortDate } from './markup.ts';

/** What Slack makes of the blocks of a message. */
export function slackHtml(blocks: readonly Block[], now: number): string {
  return `<article class="slack"><div class="face">n</div><div class="body">
    <div class="who">nns-watch <span class="app">APP</span></div>${blocks.map((one) => block(one, now)).join('')}</div></article>`;
}

function block(given: Block, now: number): string {
  switch (given.type) {
    case 'header':
      return `<h3>${html(given.text.text)}</h3>`;
    case 'context':
      return `<div class="context">${given.elements.map(({ text }) => html(text)).join(' ')}</div>`;
    case 'actions':
      return `<div class="buttons">${given.elements.map(({ text, url }) => `<a title="${html(url)}">${html(text.text)}</a>`).join('')}</div>`;
    case 'rich_text':
      return given.elements.map((one) => section(one, now)).join('');
  }
}

function section(given: RichTextBlock['elements'][number], now: number): string {
  const inner = given.elements.map((one) => element(one, now)).join('');
  return given.type === 'rich_text_section' ? `<p>${inner}</p>` : `<pre>${inner}</pre>`;
}

function element(given: RichTextElement, now: number): string {
  if (given.type === 'link') return `<a title="${html(given.url)}">${html(given.text)}</a>`;
  if (given.type === 'date') return html(date(given, now));
  if (given.type !== 'text') return '@';
  const text = html(given.text).replaceAll('\n', '<br>');
  if (given.style?.code) return `<code>${text}</code>`;
  return given.style?.bold ? `<b>${text}</b>` : text;
}

/** @see https://docs.slack.dev/messaging/formatting-message-text#date-formatting */
function date({ timestamp, format }: Extract<RichTextElement, { type: 'date' }>, now: number): string {
  const [day, time] = shortDate(timestamp);
  return format.replace('{date_short_pretty}', day).replace('{time}', time).replace('{ago}', awayFrom(timestamp, now));
}
