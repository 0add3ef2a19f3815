import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { DiscordMessage } from '../../simnet/chat/discord-store.ts';
import { readable } from '../../simnet/chat/discord-text.ts';
import { boxWidth, eventLine, logEvent, messageBox } from '../../simnet/demo-screen.ts';
import { HOSTILE } from '../notify/hostile.ts';

const NOW = Date.UTC(2026, 8, 18);
const TEXTS = HOSTILE.map((text) => text.slice(0, 150));
const message = (content: string, description: string): DiscordMessage =>
  ({
    id: '1',
    content,
    components: [{ type: 1, components: [{ type: 2, style: 5, label: 'Source', url: 'https://github.com/x' }] }],
    embeds: [{ color: 0xc62828, description, fields: [{ name: 'A', value: description }], footer: { text: 'f' } }],
    attachments: [],
  }) as unknown as DiscordMessage;

describe('a chat message in a box', () => {
  it.each(TEXTS.map((text) => ({ text })))('keeps its frame around $text', ({ text }) => {
    for (const width of [40, 80, 100]) {
      const box = stripVTControlCharacters(
        messageBox(message(`**🟥 ${text}**`, text.repeat(3)), text.slice(0, 20), NOW, width),
      );
      const lines = box.split('\n');
      expect(lines.map((line) => stringWidth(line))).toEqual(lines.map(() => width));
      expect(lines.slice(1, -1).filter((line) => !/^│ .* │$/u.test(line))).toEqual([]);
    }
  });

  it('reads as Discord draws it', () => {
    expect(readable('**a\\*b** `c*d*` [e](https://f.example/) <@&1>', NOW)).toBe('a*b c*d* e @voters');
    expect(readable(`<t:${NOW / 1000 + 86_400}:R>`, NOW)).toBe('in 1 day');
    expect(messageBox(message('a', 'b'), 'c', NOW, 40)).toContain('[ Source ]');
  });

  it('is as wide as the terminal, within what can be read', () => {
    expect([undefined, 20, 90, 300].map(boxWidth)).toEqual([80, 40, 90, 100]);
  });
});

describe('an event of the demo', () => {
  it('is one line, whatever happened', () => {
    for (const text of TEXTS) {
      const line = eventLine(NOW, `${text} `.repeat(20), 80);
      expect(stringWidth(line)).toBeLessThanOrEqual(80);
      expect(line).not.toContain('\n');
    }
  });

  it('comes from one line of the log, without what is only a detail', () => {
    expect(logEvent('{"level":"info","msg":"A verdict","proposal":"5","outcome":"verified"}')).toBe(
      'A verdict · proposal 5 · verified',
    );
    expect(logEvent('{"msg":"Something is not to be seen","subject":"x"}')).toBeNull();
    expect(logEvent('')).toBeNull();
    expect(logEvent('plain words')).toBe('plain words');
  });
});
