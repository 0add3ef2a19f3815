import { describe, expect, it } from 'vitest';
import { LogTail } from '../../../src/verify/build/log-tail.ts';

describe('the end of a log', () => {
  const fed = (...pieces: string[]): LogTail => {
    const tail = new LogTail();
    for (const piece of pieces) tail.add(Buffer.from(piece));
    return tail;
  };

  it('is its last lines, wherever they were cut', () => {
    expect(fed('a\nb', 'c\n\nd', 'e').soFar()).toEqual({ tail: ['a', 'bc', ''], lines: 3 });
    expect(fed('ä'.repeat(3).slice(0, 2), 'ä\n').soFar()).toEqual({ tail: ['äää'], lines: 1 });
  });

  it('counts all of them and keeps forty', () => {
    const { tail, lines } = fed(...Array.from({ length: 5000 }, (_, n) => `line ${n}\n`)).soFar();
    expect([lines, tail.length, tail[0], tail.at(-1)]).toEqual([5000, 40, 'line 4960', 'line 4999']);
  });

  it('is bounded whatever is written, and does nothing where it is shown', () => {
    const { tail, lines } = fed('x'.repeat(1_000_000), 'y\n\u001b[2Jz\u202e\u0007\n').soFar();
    expect(lines).toBe(2);
    expect(tail[0]).toHaveLength(200);
    expect(tail[1]).toBe('z');
  });
});
