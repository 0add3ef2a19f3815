import { describe, expect, it } from 'vitest';
import { badge, badgeText } from '../../src/status/badge.ts';
import { Budget, shared } from '../../src/status/budget.ts';
import { hostRule } from '../../src/status/site.ts';
import { logLines, logText } from '../../src/status/log-text.ts';
import { channelNames } from '../../src/status/public-names.ts';
import { liveLines } from '../../src/status/live-log.ts';
import { HOSTILE } from '../notify/hostile.ts';

describe('a badge', () => {
  const verified = { outcome: 'verified', confirmed: null, final: true } as const;
  it.each([
    [verified, 'verified'],
    [{ ...verified, final: false }, 'verified, not final'],
    [{ outcome: 'mismatch', confirmed: true, final: true }, 'mismatch'],
    [{ outcome: 'mismatch', confirmed: false, final: false }, 'mismatch, unconfirmed'],
    [{ outcome: 'inconclusive', confirmed: null, final: true }, 'inconclusive'],
    [null, 'no verdict'],
  ] as const)('of %j says %s', (verdict, says) => {
    expect(badgeText('mainnet', 'nns-watch 1', verdict)).toEqual(['nns-watch 1', says]);
    expect(badge('mainnet', 'nns-watch 1', verdict)).toContain(`<title>nns-watch 1: ${says}</title>`);
  });

  it('never looks verified without the word', () => {
    const green = /#11662f/;
    expect(badge('mainnet', 'x', verified)).toMatch(green);
    for (const outcome of ['mismatch', 'inconclusive'] as const) {
      expect(badge('mainnet', 'x', { outcome, confirmed: null, final: true })).not.toMatch(green);
    }
    expect(badge('mainnet', 'x', null)).not.toMatch(green);
  });
});

describe('hosts', () => {
  const outward = hostRule('0.0.0.0', 'https://status.example.org');
  it.each([
    ['status.example.org', true],
    ['STATUS.example.org:443', true],
    ['192.168.1.5:8180', true],
    ['[fe80::1]:8180', true],
    ['nns-watch:8180', true],
    ['evil.example', false],
    ['status.example.org.evil.example', false],
    [undefined, false],
  ])('outward, %s: %s', (header, answered) => expect(outward(header)).toBe(answered));

  it('answer their public name on loopback too', () => {
    const behindProxy = hostRule('127.0.0.1', 'https://status.example.org');
    expect(['status.example.org', 'localhost:8180', '10.0.0.1', 'nns-watch'].map(behindProxy)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('a log', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  it('keeps lines and indentation, and loses what is not to be seen', () => {
    expect(logLines(bytes('  a\u001b[31mb\u001b[0m\r\nc\u202e\u200bd\n\n\te'), false)).toEqual(['  ab', 'cd', '', 'e']);
    expect(logLines(bytes('half\nwhole'), true)).toEqual(['whole']);
  });

  it.each(HOSTILE.map((text) => ({ text })))('of $text is text in bounded lines', ({ text }) => {
    for (const line of logLines(bytes(text), false)) {
      expect(line.length).toBeLessThanOrEqual(1033);
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/);
    }
  });

  it('says what it is a part of and where it goes on', () => {
    expect(logText('mainnet', '/logs/x', { bytes: bytes('ab\n'), from: 0, total: 9 })).toBe(
      '[nns-watch: bytes 0 to 3 of 9]\nab\n\n[nns-watch: more at /logs/x?from=3]\n',
    );
  });

  it('that grows is shown line by line, with a word for those that were missed', () => {
    const now = (lines: number, tail: readonly string[]) => ({ attempt: 1, sinceMs: 0, seconds: 1, tail, lines });
    expect(liveLines(now(2, ['a', 'b']), 0)).toBe('a\nb\n');
    expect(liveLines(now(3, ['a', 'b', '<c>']), 2)).toBe('&lt;c&gt;\n');
    expect(liveLines(now(3, ['a', 'b', 'c']), 3)).toBe('');
    expect(liveLines(now(9, ['h', 'i']), 3)).toBe('… 4 lines in between …\nh\ni\n');
    expect(liveLines(now(1, ['x']), 9)).toBe('');
  });
});

describe('the names of channels', () => {
  it('are kinds with numbers', () => {
    expect([...channelNames(['console', 'discord:1', 'webhook:h/1', 'discord:2', 'discord:1', '???'])]).toEqual([
      ['console', 'console'],
      ['discord:1', 'discord'],
      ['discord:2', 'discord 2'],
      ['webhook:h/1', 'webhook'],
      ['???', 'channel'],
    ]);
  });
});

describe('the time of the service', () => {
  it('is not all taken by the page', () => {
    let now = 0;
    const budget = new Budget(() => now);
    budget.spend(6000);
    expect(budget.isSpent).toBe(true);
    now = 1900;
    expect(budget.isSpent).toBe(true);
    now = 2100;
    expect(budget.isSpent).toBe(false);
    now = 1_000_000;
    expect(budget.isSpent).toBe(false);
    budget.spend(5001);
    expect(budget.isSpent).toBe(true);
  });

  it('is spent once for all who ask at the same time', async () => {
    const state = { now: 0, asked: 0, fails: false };
    const ask = shared(
      () => (state.fails ? Promise.reject(new Error('down')) : Promise.resolve((state.asked += 1))),
      1000,
      () => state.now,
    );
    expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
    state.now = 1000;
    expect(await ask()).toBe(2);
    [state.now, state.fails] = [2000, true];
    await expect(ask()).rejects.toThrow('down');
    state.fails = false;
    expect(await ask()).toBe(3);
  });
});
