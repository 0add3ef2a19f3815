import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { frameLines, type Transfer } from '../../src/cli/progress-frame.ts';
import { progressView } from '../../src/cli/progress.ts';
import { evidenceKey, unavailable } from '../../src/domain/evidence.ts';
import type { Progress } from '../../src/domain/ports.ts';
import { HOSTILE } from '../notify/hostile.ts';

const URL = 'https://download.dfinity.systems/ic/abc/update-img.tar.zst';
const MIB = 1024 * 1024;
const NONE = { count: 0, bytes: 0 };
const download = (received: number, done = false, url = URL): Progress => ({
  type: 'download',
  url,
  received: received * MIB,
  total: 100 * MIB,
  done,
});

/** A terminal of 120 columns, or a file; what was written, each write by itself. */
async function view(isTTY: boolean, pastBuilds: readonly number[] = [], verbose = false) {
  const writes: string[] = [];
  const ends = { isTTY, columns: 120, rows: 40, write: (text: string) => writes.push(text) > 0 };
  const stream = Object.assign(new PassThrough(), ends);
  const clock = { now: 0 };
  const options = { verbose, now: () => clock.now, pastBuilds };
  const { on, end } = await progressView(stream as unknown as NodeJS.WriteStream, options);
  const shown = (): string => stripVTControlCharacters(writes.join(''));
  /** What the last event drew. */
  const drawnBy = (event: Progress): string => {
    writes.length = 0;
    on(event);
    return shown();
  };
  return { on, end, shown, drawnBy, clock, writes };
}

describe('progress on a terminal', () => {
  it('shows each download with its size, share, rate and the time that is left', async () => {
    const { drawnBy, clock } = await view(true);
    drawnBy(download(0));
    clock.now = 10_000;
    expect(drawnBy(download(25))).toMatch(
      /update-img\.tar\.zst +█{4}░{12} {2}25 % {2}25\.0 MiB of 100\.0 MiB {2}2\.5 MiB\/s {2}30s left/,
    );
  });

  it('counts what was there before as received, and not as fast', async () => {
    const { drawnBy, clock } = await view(true);
    drawnBy(download(50));
    clock.now = 10_000;
    expect(drawnBy(download(60))).toContain('60.0 MiB of 100.0 MiB  1.0 MiB/s  40s left');
  });

  it('counts a download that ended in the sum, and leaves no line of it', async () => {
    const { drawnBy, writes } = await view(true);
    drawnBy(download(10, false, `${URL}.other`));
    drawnBy(download(99));
    expect(drawnBy(download(100, true))).toContain('2 downloads, 1 done: 110.0 MiB of 200.0 MiB');
    expect(writes.join('')).not.toContain(URL.slice(-20) + '  ');
    expect(drawnBy(download(100, true, `${URL}.other`))).toContain('2 downloads, 2 done: 200.0 MiB');
  });

  it('keeps what matters later, within the width', async () => {
    const { drawnBy, writes } = await view(true);
    const shown = drawnBy({ type: 'trouble', sentence: 'word '.repeat(60) });
    expect(shown.split('\n').filter((line) => stringWidth(line) > 120)).toEqual([]);
    expect(shown).toContain('⚠ word');
    expect(writes.join('').split('word')).toHaveLength(61);
  });

  it('shows how long the build goes on, what is left by earlier ones, and its last line, made plain', async () => {
    const build = { type: 'build', seconds: 600, lastLine: 'compiling \u001b[31mred\u001b[0m' } as const;
    expect((await view(true, [3000, 3000, 60])).drawnBy(build)).toContain(
      'building for 10m 0s, about 40m 0s left · compiling',
    );
    expect((await view(true, [300])).drawnBy(build)).toContain('building for 10m 0s, longer than usual');
    expect((await view(true)).drawnBy(build)).toContain('building for 10m 0s; no build has been timed here');
    const { writes, on } = await view(true);
    on(build);
    expect(writes.join('')).not.toContain('\u001b[31m');
  });

  it('sums what goes on at the same time', () => {
    const transfer = { since: 0, resumed: 0, received: 50 * MIB, total: 100 * MIB };
    const of = (...all: readonly Transfer[]) => new Map(all.map((each, at) => [`${URL}/${at}`, each]));
    const lines = (transfers: ReadonlyMap<string, Transfer>) =>
      frameLines({ stage: '', transfers, finished: NONE, build: null, pastBuilds: [] }, 10_000, {
        width: 100,
        height: 24,
      });
    expect(lines(of(transfer))).toHaveLength(1);
    expect(lines(of(transfer, transfer)).at(-1)).toBe('2 downloads: 100.0 MiB of 200.0 MiB · 10.0 MiB/s · 10s left');
    expect(lines(of(transfer, { ...transfer, total: null })).at(-1)).toBe('2 downloads: 100.0 MiB · 10.0 MiB/s');
  });

  it('fits any terminal, whatever the servers and the build write', () => {
    for (const [width, height] of [
      [80, 24],
      [140, 50],
      [40, 10],
      [20, 3],
    ] as const) {
      const names = HOSTILE.map((text, at) => `https://evil.example/${at}/${text}`);
      const transfers = new Map(
        names.map((url, at) => [url, { since: 0, resumed: 0, received: at * 1e11, total: at % 2 ? at * 3e11 : null }]),
      );
      for (const lastLine of HOSTILE) {
        const moment = {
          stage: 'Collecting what was published.',
          transfers,
          finished: NONE,
          build: { seconds: 5, lastLine },
          pastBuilds: [],
        };
        const lines = frameLines(moment, 5000, { width, height });
        expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThan(width);
        expect(lines.length).toBeLessThan(Math.max(height, 6));
        expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
      }
    }
  });

  it('leaves nothing of what it drew', async () => {
    const { on, end, writes } = await view(true);
    on({ type: 'stage', stage: 'collecting', sentence: 'Collecting.' });
    writes.length = 0;
    end();
    expect(stripVTControlCharacters(writes.join('')).trim()).toBe('');
    expect(writes.join('')).toContain('\u001b[');
  });
});

describe('progress elsewhere', () => {
  const key = evidenceKey.host();
  const events: readonly Progress[] = [
    { type: 'stage', stage: 'collecting', sentence: 'Collecting what was published.' },
    download(1),
    download(100, true),
    { type: 'build', seconds: 1, lastLine: 'step 1' },
    { type: 'observed', key, observation: unavailable('transport', 'http-503', 'Busy', 'x', 0) },
  ];

  it('is plain lines without a single control character', async () => {
    const { on, end, writes } = await view(false);
    events.forEach(on);
    end();
    expect(writes).toEqual(['Collecting what was published.\n', `Downloaded ${URL} (100.0 MiB)\n`]);
  });

  it('tells trouble of our own in a line of its own', async () => {
    const { on, writes } = await view(false);
    on({ type: 'trouble', sentence: 'The hold on a commit was not renewed: the\nlease was lost (unexpected)' });
    expect(writes).toEqual(['⚠ The hold on a commit was not renewed: the lease was lost (unexpected)\n']);
  });

  it('tells more where that is asked for', async () => {
    const { on, writes } = await view(false, [], true);
    events.forEach(on);
    expect(writes).toContain('[build] step 1\n');
    expect(writes.at(-1)).toMatch(/^\[debug\] host.*: unavailable: http-503\n$/);
  });
});
