import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ProposalId } from '../../src/domain/ids.ts';
import { plainText } from '../../src/domain/text.ts';
import {
  codeSpan,
  escapeDiscord,
  escapeHtml,
  escapePiece,
  escapeSlack,
  inertText,
  quoted,
} from '../../src/notify/escape.ts';
import { composeMessage } from '../../src/notify/message.ts';
import { createNotifiers } from '../../src/notify/notifier-registry.ts';
import { CHANNEL, context, MODES, NOTHING_SET, openChatWorld, openNotifier, SLACK_CHANNEL } from './chat-kit.ts';
import type { ChatWorld } from './chat-kit.ts';
import { MATRIX_ROOM, TELEGRAM_CHAT } from './more-modes.ts';
import { HOSTILE, hostileNotice, hostileAlarm } from './hostile.ts';
import { CASES, notice, TYPES } from './notices.ts';

/** Nothing invisible, reordering or controlling; `lines` allows the ends of lines of our own. */
const INVISIBLE = /[\p{Cf}\p{Cc}\p{Zl}\p{Zp}]/u;
const OUR_HOSTS = /^https:\/\/(?:nns\.ic0\.app|dashboard\.internetcomputer\.org|github\.com|status\.example\.org)\//;

/** The text with what is ours and what is escaped taken out: nothing in the rest may mean anything to Discord. */
function discordRest(text: string): string {
  return text
    .replace(/\\[^0-9A-Za-z\s]/g, 'x')
    .replace(/\[[\w ]+\]\((https:[^)\s]+)\)/g, (whole, url: string) => (OUR_HOSTS.test(url) ? '' : whole))
    .replace(/`[^`\n]+`/g, '')
    .replace(/\*\*[^*\n]*\*\*/g, (bold) => bold.replaceAll('*', ''))
    .replace(/<t:\d+:[fR]>/g, '');
}

function expectInertDiscord(text: string): void {
  const rest = discordRest(text);
  expect(rest).not.toMatch(/[`*_~|[\]<@]|:\/\//);
  expect(rest).not.toMatch(/^\s*(?:#{1,3} |>|-# |[-+] |\d+[.)] )/m);
  expect(text.replaceAll('\n', '')).not.toMatch(INVISIBLE);
}

function expectInertMrkdwn(text: string): void {
  expect(text).not.toMatch(/[<>*~`@]|:\/\/|:[\w+-]+:|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/);
  expect(text).not.toMatch(/&(?!amp;|lt;|gt;)/);
  expect(text).not.toMatch(/^\s*&gt;/m);
  expect(text.replaceAll('\n', '')).not.toMatch(INVISIBLE);
}

/** What is ours taken out, no reader’s program finds anything to follow. */
function expectInertPlain(text: string): void {
  const rest = text.replace(/https:\/\/[^\s"<]+/g, (url) => (OUR_HOSTS.test(url) ? '' : url));
  expect(rest).not.toMatch(/@|:\/\/|evil\.example|discord\.gg|(?<![\w&])#\w/);
  expect(rest.replaceAll('\n', '')).not.toMatch(INVISIBLE);
}

function expectInertHtml(html: string): void {
  const links = [...html.matchAll(/ href="([^"]*)"/g)].map(([, url]) => url!);
  links.forEach((url) => expect(url).toMatch(OUR_HOSTS));
  const rest = html.replace(
    /<\/?(?:p|b|i|code|a|html|head|body)>|<br>|<a href="[^"]*">|^<!doctype html>\n<html lang="en"><head><meta charset="utf-8">/g,
    '',
  );
  expect(rest).not.toMatch(/[<>"]/);
  expectInertPlain(rest.replace(/&(?:#39|amp|lt|gt|quot);/g, ''));
}

describe('strangers’ text', () => {
  it.each(HOSTILE.map((text) => [text.slice(0, 40), text]))(
    'leads nowhere where it is plain, or HTML: %j',
    (_, text) => {
      expectInertPlain(inertText(text));
      expectInertHtml(escapeHtml(text));
      expectInertPlain(escapePiece(` ${text} `, inertText));
    },
  );

  it.each(HOSTILE.map((text) => [text.slice(0, 40), text]))('does nothing in Discord’s markdown: %j', (_, text) => {
    expectInertDiscord(escapeDiscord(text));
    expectInertDiscord(escapePiece(` ${text} `, escapeDiscord));
  });

  it.each(HOSTILE.map((text) => [text.slice(0, 40), text]))('does nothing in Slack’s mrkdwn: %j', (_, text) => {
    expectInertMrkdwn(escapeSlack(text));
  });

  it.each(HOSTILE.map((text) => [text.slice(0, 40), text]))('cannot leave a code span: %j', (_, text) => {
    expect(codeSpan(text).slice(1, -1)).not.toMatch(/`/);
    expect(codeSpan(text).length).toBeGreaterThan(2);
  });

  it('cannot close the quotation marks that it stands in', () => {
    expect(quoted('” · 🟩 VERIFIED “')).toBe('“" · 🟩 VERIFIED "”');
  });

  it('stays readable', () => {
    expect(escapeDiscord('rc--2026-08-20_03-30')).toBe('rc--2026-08-20\\_03-30');
    expect(escapeSlack('rc--2026-08-20_03-30 & more')).toBe('rc--2026-08-20_03-30 &amp; more');
    expect(escapeDiscord('@everyone')).toBe('＠everyone');
    expect(escapeSlack('<!channel>')).toBe('&lt;!channel&gt;');
  });

  it('cannot say an outcome where the verdict line stands', () => {
    for (const text of HOSTILE) {
      const { title } = composeMessage(hostileNotice(text), { statusUrl: null });
      expect(title).toBe('🟨 INCONCLUSIVE · proposal 143816 · GuestOS election');
    }
  });
});

describe.each(MODES)('in the $name', (mode) => {
  let world: ChatWorld;
  beforeAll(async () => {
    world = await openChatWorld();
  });
  afterAll(() => world.close());

  it('strangers’ text is plain and bounded, and pings nobody', { timeout: 60_000 }, async () => {
    const notifier = openNotifier(world, mode);
    world.chat.discord.limits.requests = 1000;
    for (const [at, text] of HOSTILE.entries()) {
      const id = String(150_000 + at) as ProposalId;
      const told = mode.alarms ? hostileAlarm(text, id) : hostileNotice(text, id);
      // Fifty requests in a second are Discord's limit for a bot; the library keeps it by itself.
      await vi.waitFor(() => notifier.deliver(told, context()), { timeout: 5000, interval: 200 });
    }
    expect(mode.shown(world.chat)).toHaveLength(HOSTILE.length);
    expect(mode.pings(world.chat)).toEqual([]);
    const { discord, slack } = world.chat;
    for (const { content, embeds, attachments } of discord.store.visible(CHANNEL)) {
      expect(embeds).toHaveLength(1);
      const [embed] = embeds;
      const texts = [content, embed!.description!, ...(embed!.fields ?? []).map(({ value }) => value)];
      texts.forEach(expectInertDiscord);
      expect(embed!.footer!.text).not.toMatch(INVISIBLE);
      expect(embed!.fields!.map(({ name }) => name)).toContain('What to do now');
      const ours = /^- https:\/\/(dashboard\.internetcomputer\.org|nns\.ic0\.app|github\.com\/dfinity)\/[\w/?=&-]+$/gm;
      const fold = /^\[(?:details="The evidence: every comparison in full"|\/details)\]$/gm;
      const outside = attachments[0]!.text
        .replace(ours, '')
        .replace(fold, '')
        .replace(/`[^`\n]*`/g, '');
      expect(outside).not.toMatch(/[@<>[\]*_]|evil|:\/\//);
      expect(attachments[0]!.text.length).toBeLessThanOrEqual(101_000);
    }
    for (const { text, blocks } of slack.store.visible(SLACK_CHANNEL)) {
      expectInertMrkdwn(text);
      expect(blocks.length).toBeGreaterThan(3);
      const links = [...JSON.stringify(blocks).matchAll(/"type":"link","url":"([^"]+)"/g)].map(([, url]) => url!);
      links.forEach((url) => expect(url).toMatch(OUR_HOSTS));
      expect(JSON.stringify(blocks)).not.toMatch(/"type":"(?:mrkdwn|user|broadcast|usergroup|emoji)"/);
      expect(JSON.stringify(blocks).replaceAll('\\n', '')).not.toMatch(INVISIBLE);
    }
    for (const { text, entities } of world.chat.telegram.visible(TELEGRAM_CHAT)) {
      entities.forEach(({ type }) => expect(['bold', 'code', 'text_link']).toContain(type));
      expectInertPlain(text);
      for (const one of entities) if ('url' in one) expect(one.url).toMatch(OUR_HOSTS);
    }
    for (const { shown } of world.chat.matrix.visible(MATRIX_ROOM)) {
      expectInertPlain(shown.body);
      expectInertHtml(shown.formatted_body!);
      expect(shown['m.mentions']).toEqual({});
    }
    for (const { title, message } of world.chat.ntfy.messages) [title, message].forEach(expectInertPlain);
    for (const { title, body } of world.chat.apprise.messages) [title!, body].forEach(expectInertPlain);
    for (const { payload } of world.chat.pagerduty.alerts) {
      [payload.summary, ...Object.values(payload.custom_details!)].forEach((one) => expectInertPlain(String(one)));
    }
    for (const { subject, text, html, headers, attachments } of world.chat.mail.letters) {
      [subject!, text!].forEach(expectInertPlain);
      expectInertHtml(html!.trim());
      expect(attachments).toHaveLength(1);
      expect(headers.map(({ key }) => key)).not.toContain('bcc');
    }
    await notifier.close();
  });
});

describe('in the console', () => {
  const lines: string[] = [];
  const [notifier] = createNotifiers(NOTHING_SET, {
    fetch: () => Promise.reject(new Error('the console fetches nothing')),
    now: () => 0,
    write: (line) => void lines.push(line),
    statusUrl: null,
  });

  it('strangers’ text is one plain bounded line at a time', async () => {
    for (const text of HOSTILE) await notifier!.deliver(hostileNotice(text), context());
    expect(lines.length).toBeGreaterThan(HOSTILE.length);
    expect(lines.length).toBeLessThan(HOSTILE.length * 50);
    for (const line of lines) {
      expect(line).not.toMatch(INVISIBLE);
      expect(line.length).toBeLessThan(2000);
    }
  });

  it('every notice of every type is told', async () => {
    for (const type of TYPES) {
      for (const outcome of CASES) {
        lines.length = 0;
        await notifier!.deliver(notice(type, outcome), context());
        expect(lines[0]).toContain(plainText(notice(type, outcome).sentence, 400));
      }
    }
  });
});
