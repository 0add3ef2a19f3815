import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainText } from '../../src/domain/text.ts';

describe('strangers’ text', () => {
  it.each([
    ['a colour', '\u001b[31mVERIFIED\u001b[0m', 'VERIFIED'],
    ['a title for the terminal', '\u001b]0;owned\u0007text', 'text'],
    ['a link of the terminal', '\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\', 'click'],
    ['an unfinished sequence', 'before\u001b]0;never ends', 'before'],
    ['a C1 control', 'a\u009b31mb', 'a31mb'],
    ['line breaks and tabs', 'one\r\ntwo\tthree', 'one two three'],
    ['a bell and a backspace', 'a\u0007b\u0008c', 'a b c'],
    ['text that runs the other way', 'a\u202egnp.exe\u202c', 'agnp.exe'],
    ['zero-width characters', 'VERI\u200bFI\u2060ED\ufeff', 'VERIFIED'],
    ['a grapheme joiner and variation selectors', 'a\u034fb\ufe0fc\u{e0101}d', 'abcd'],
    ['blank fillers', '\u3164\u2800x', 'x'],
    ['tag characters', 'a\u{e0041}b', 'ab'],
    ['a heap of accents', `e${'\u0301'.repeat(50)}`, `e${'\u0301'.repeat(4)}`],
  ])('loses %s', (_what, given, plain) => {
    expect(plainText(given, 100)).toBe(plain);
  });

  it('keeps ordinary words of every script', () => {
    const words = 'Elect new IC/GuestOS revision (commit 79c0105) — Ωμέγα, 日本語, עברית, नमस्ते 🎉';
    expect(plainText(words, 200)).toBe(words);
  });

  it('is cut with an ellipsis, and never within a character', () => {
    expect(plainText('abcdef', 4)).toBe('abc…');
    expect(plainText('ab🎉🎉', 4)).toBe('ab…');
    expect(plainText(`${' '.repeat(1000)}late`, 10)).toBe('…');
  });

  it('never has a control or an invisible character, nor more than the limit, whatever comes in', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(anything, fc.integer({ min: 1, max: 50 }), (text, limit) => {
        const plain = plainText(text, limit);
        expect(plain.length).toBeLessThanOrEqual(limit);
        expect(plain).not.toMatch(/[\u0000-\u001f\u007f-\u009f\p{Cf}\p{Default_Ignorable_Code_Point}]/u);
        expect(plain.isWellFormed()).toBe(true);
      }),
    );
  });
});
