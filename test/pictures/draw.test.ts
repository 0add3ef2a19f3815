import { describe, expect, it } from 'vitest';
import { escapeDiscord } from '../../src/notify/escape.ts';
import { composeMessage } from '../../src/notify/message.ts';
import { mentionOf, renderMessage as renderDiscord } from '../../src/notify/notifiers/discord/render.ts';
import { renderMessage as renderSlack } from '../../src/notify/notifiers/slack/render.ts';
import { HOSTILE } from '../notify/hostile.ts';
import { notice, NOW, proposal } from '../notify/notices.ts';
import { discordHtml, markdown } from './discord.ts';
import { slackHtml } from './slack.ts';

/** What a reader sees: the text between the tags. */
const seen = (drawn: string): string =>
  drawn.replace(/<[^>]*>/g, '').replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
const tags = (drawn: string): string[] => [...drawn.matchAll(/<(\w+)/g)].map(([, name]) => name!).sort();

describe('the pictures of messages', () => {
  it('read Discord’s markdown as Discord does', () => {
    expect(markdown('**a\\*b** `c*d*` [e](https://f.example/)\n\\*\\*g\\*\\*', NOW)).toBe(
      '<b>a&#42;b</b> <code>c*d*</code> <a title="https://f.example/">e</a><br>&#42;&#42;g&#42;&#42;'.replaceAll(
        '&#42;',
        '*',
      ),
    );
    expect(markdown(`<t:${NOW + 86_400}:R> <@&1>`, NOW)).toBe('<time>in 1 day</time> <mark>@voters</mark>');
  });

  it('would show it if a text of strangers pinged or linked', () => {
    expect(tags(markdown('@everyone [a](https://b.example/) https://c.example', NOW))).toEqual(['a', 'a', 'mark']);
  });

  it.each(HOSTILE.map((text) => ({ text })))('show the hostile text $text as text', ({ text }) => {
    expect(tags(markdown(escapeDiscord(text), NOW))).toEqual([]);
    const plain = composeMessage(notice('verdict', 'verified'), { statusUrl: null });
    const hostile = composeMessage(
      { ...notice('verdict', 'verified'), proposal: { ...proposal, title: text } },
      { statusUrl: null },
    );
    const drawn = [plain, hostile].map((one) => discordHtml(renderDiscord(one, mentionOf('1')), NOW));
    expect(tags(drawn[1]!)).toEqual(tags(drawn[0]!));
    const blocks = [plain, hostile].map((one) => slackHtml(renderSlack(one).blocks, NOW));
    expect(tags(blocks[1]!)).toEqual(tags(blocks[0]!));
  });

  it('show the verdict line, both sides and the deadline', () => {
    const message = composeMessage(notice('verdict', 'mismatch'), { statusUrl: null });
    for (const drawn of [discordHtml(renderDiscord(message, null), NOW), slackHtml(renderSlack(message).blocks, NOW)]) {
      expect(seen(drawn)).toContain('🟥 MISMATCH · proposal 143816 · GuestOS election');
      expect(seen(drawn)).toContain('60303ae2…8c11c752');
      expect(seen(drawn)).toContain('9f86d081…b0f00a08');
      expect(seen(drawn)).toMatch(/Sep(tember)? 22, 2026.*in 4 days/);
    }
  });
});
