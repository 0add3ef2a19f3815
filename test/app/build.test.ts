import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runBuilder } from '../../src/app/build.ts';
import { ownTag } from '../../src/platform/process-tag.ts';

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

const dead = `tmp-${process.pid}-1`;
const left = async (): Promise<string[]> => (await readdir(cacheDir)).filter((name) => name.startsWith('tmp-'));

async function start(): Promise<void> {
  const told = AbortSignal.abort();
  await runBuilder({ forWatch: true, hide: [] }, new AbortController().signal, told);
}

describe('a builder that starts', () => {
  it('removes what a builder that died left, though there is nothing to build', async () => {
    for (const name of [`${dead}-abc`, `${dead}-kept`])
      await mkdir(join(cacheDir, name, 'source'), { recursive: true });
    await writeFile(join(cacheDir, `${dead}-kept`, 'kept'), '');
    await start();
    expect(await left()).toEqual([`${dead}-kept`]);
  });

  it('removes what it died over making or removing, and nothing of a builder that lives', async () => {
    const [mine, others] = [`tmp-${ownTag()}-abc`, 'tmp-abcdef'];
    for (const name of [`${dead}-empty`, mine, others]) await mkdir(join(cacheDir, name), { recursive: true });
    await start();
    expect((await left()).sort()).toEqual([others, mine].sort());
  });

  it('goes on where something cannot be removed, and says so', async () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    vi.stubEnv('LOG_LEVEL', 'warn');
    const inside = join(cacheDir, `${dead}-abc`, 'source');
    await mkdir(inside, { recursive: true });
    // Neither we nor root may remove what something is mounted on.
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', inside]);
    try {
      await start();
    } finally {
      execFileSync('umount', [inside]);
    }
    expect(await left()).toEqual([`${dead}-abc`]);
    expect(JSON.stringify(said.mock.calls)).toContain('workspace-stays');
    said.mockRestore();
    await start();
    expect(await left()).toEqual([]);
  });
});
