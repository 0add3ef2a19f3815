import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { allSaid, measure, saidAfter } from '../../bench/measure.ts';
import { settingsOf } from '../../bench/settings.ts';
import { median, spread, table } from '../../bench/table.ts';

const run = (script: string, limitMs = 30_000) => measure(['bash', '-c', script], { env: {}, cwd: tmpdir(), limitMs });

describe('what a run costs', () => {
  it('holds the processor time of what lost its parent on the way, and waits for it', async () => {
    const work = 'for i in $(seq 300000); do :; done';
    const cost = await run(`(setsid bash -c '${work}; ${work}; echo later' &) ; echo sooner; exit 7`);
    expect(cost.code).toBe(7);
    expect(allSaid(cost)).toContain('later');
    expect(cost.processorSeconds).toBeGreaterThan(0.2);
    expect(saidAfter(cost, /sooner/)).toBeLessThan(saidAfter(cost, /later/) ?? 0);
    expect(saidAfter(cost, /never/)).toBeNull();
  });

  it('holds the most memory of the program itself', async () => {
    const cost = await run('x=$(head -c 30000000 /dev/zero | tr "\\0" x); sleep 0.3');
    expect(cost.peakMiB).toBeGreaterThan(28);
  });

  it('of a program that does not end is no exit code of its own', async () => {
    expect((await run('sleep 60', 300)).code).toBe(128 + 15);
  });
});

describe('settings of the bench', () => {
  it('are small unless all is asked for', () => {
    expect(settingsOf([])).toMatchObject({ mib: 64, pairs: 2, reproCheck: null, rates: [null, 200, 20] });
    expect(settingsOf(['--full', '--rates', '200'])).toMatchObject({ mib: 512, pairs: 5, rates: [200] });
  });

  it.each([['--rows', 'none'], ['--pairs', '0'], ['--rates', 'x'], ['--unknown']])('refuse %s %s', (...argv) => {
    expect(() => settingsOf(argv)).toThrow();
  });
});

describe('tables of the bench', () => {
  it('show the middle and the range', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, NaN]);
    expect([spread([1]), spread([1, 2, 4], 1)]).toEqual(['1.00', '2.0 (1.0–4.0)']);
    expect(table(['a', 'long'], [['wide cell', 'x']]).split('\n')).toEqual([
      '| a         | long |',
      '| --------- | ---- |',
      '| wide cell | x    |',
    ]);
  });
});
