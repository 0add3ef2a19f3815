import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { retentionRound } from '../../src/service/retention.ts';
import type { Retained } from '../../src/domain/retention.ts';
import { scratchDirectory } from '../support/databases.ts';
import { quietLog } from './quiet-log.ts';
import { START } from './watchdog-kit.ts';

describe('retention', () => {
  const commit = (digit: string): string => digit.repeat(40);
  const verified: Retained = { open: false, outcome: 'verified', atMs: START };

  it('removes downloads, then evidence, as far as the budget asks, and nothing of an open election', async () => {
    const { path, remove } = scratchDirectory();
    const [dataDir, cacheDir] = [join(path, 'data'), join(path, 'cache')];
    for (const digit of ['a', 'b', 'c']) {
      await mkdir(join(cacheDir, commit(digit)), { recursive: true });
      await writeFile(join(cacheDir, commit(digit), 'image'), Buffer.alloc(100_000, digit));
    }
    const old = new Date(START - 48 * 3600_000);
    for (const name of ['11/open', '22/gone', '33/fresh']) {
      await mkdir(join(dataDir, 'blobs', name.slice(0, 2)), { recursive: true });
      await writeFile(join(dataDir, 'blobs', name), Buffer.alloc(50_000, 'x'));
      if (!name.endsWith('fresh')) await utimes(join(dataDir, 'blobs', name), old, old);
      else await utimes(join(dataDir, 'blobs', name), new Date(START), new Date(START));
    }
    const retained = {
      commits: async () =>
        new Map([
          [commit('a'), { ...verified, open: true }],
          [commit('b'), verified],
          [commit('c'), { ...verified, outcome: 'mismatch' as const }],
        ]),
      files: async () =>
        new Map([
          ['11open', { ...verified, open: true }],
          ['22gone', verified],
        ]),
    };
    const round = (budgetBytes: number): Promise<void> =>
      retentionRound({ retained, dataDir, cacheDir, budgetBytes, now: () => START, log: quietLog });
    const built = (digit: string): string => join(cacheDir, commit(digit), 'local-build-1');
    for (const digit of ['a', 'b', 'c']) await mkdir(built(digit));
    await round(1e9);
    expect(await readdir(cacheDir)).toHaveLength(3);
    expect(['a', 'b', 'c'].filter((digit) => existsSync(built(digit)))).toEqual(['a', 'c']);
    await round(420_000);
    expect((await readdir(cacheDir)).sort()).toEqual([commit('a'), commit('c')]);
    expect(await readdir(join(dataDir, 'blobs/22'))).toEqual(['gone']);
    await round(1);
    expect(await readdir(cacheDir)).toEqual([commit('a')]);
    expect(await readdir(join(dataDir, 'blobs/22'))).toEqual([]);
    expect([await readdir(join(dataDir, 'blobs/11')), await readdir(join(dataDir, 'blobs/33'))]).toEqual([
      ['open'],
      ['fresh'],
    ]);
    remove();
  });
});
