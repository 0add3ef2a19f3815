import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runBuilder } from '../../src/app/build.ts';

let home: string;
let cacheDir: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'nns-watch-builder-'));
  cacheDir = join(home, 'cache');
  for (const [name, value] of Object.entries({
    HOME: home,
    NNS_WATCH_DATA_DIR: join(home, 'data'),
    NNS_WATCH_CACHE_DIR: cacheDir,
    LOG_LEVEL: 'error',
  }))
    vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, force: true });
});

async function workspace(name: string, owner: string): Promise<void> {
  await mkdir(join(cacheDir, name, 'source'), { recursive: true });
  await writeFile(join(cacheDir, name, 'owner'), owner);
}

describe('a builder that starts', () => {
  it('removes what a builder that died left, though there is nothing to build', async () => {
    await workspace('tmp-dead', `${process.pid} 1\n`);
    await workspace('tmp-kept', `${process.pid} 1\n`);
    await writeFile(join(cacheDir, 'tmp-kept', 'kept'), '');
    const told = AbortSignal.abort();
    await runBuilder({ forWatch: true, hide: [] }, new AbortController().signal, told);
    expect((await readdir(cacheDir)).filter((name) => name.startsWith('tmp-'))).toEqual(['tmp-kept']);
  });
});
