import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mirrorUrl } from '../../../src/domain/artifact.ts';
import { parseCommitId, type CommitId } from '../../../src/domain/ids.ts';
import { isAlive, ownTag, tagOf } from '../../../src/platform/process-tag.ts';
import { cachedPath, createDownloadCache } from '../../../src/verify/collect/download-cache.ts';

const [one, two, three, four] = ['1', '2', '3', '4'].map((digit) => parseCommitId(digit.repeat(40))!) as [
  CommitId,
  CommitId,
  CommitId,
  CommitId,
];
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nns-watch-cache-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function older(commit: CommitId, hours: number, ...marks: string[]): Promise<void> {
  const path = join(directory, commit);
  await mkdir(join(path, 'host'), { recursive: true });
  for (const mark of marks) await writeFile(join(path, mark), '');
  const at = new Date(Date.now() - hours * 3_600_000);
  await utimes(path, at, at);
}
const nothing = async (): Promise<void> => undefined;

describe('the download cache', () => {
  it('keeps the two newest commits and everything that is no commit', async () => {
    await older(one, 3);
    await older(two, 2);
    await older(three, 1);
    for (const name of ['repo', 'tmp-abc', 'old-left-by-a-crash']) await mkdir(join(directory, name));
    await createDownloadCache(directory).use(four, nothing);
    expect((await readdir(directory)).sort()).toEqual([three, four, 'repo', 'tmp-abc'].sort());
  });

  it('counts the commit in use as the newest, however old its directory is', async () => {
    await older(one, 9);
    await older(two, 2);
    await older(three, 1);
    await createDownloadCache(directory).use(one, nothing);
    expect((await readdir(directory)).sort()).toEqual([one, three]);
  });

  it('does not remove what is in use, by this process or another', async () => {
    const process = spawn('sleep', ['60']);
    await once(process, 'spawn');
    await older(one, 9, `.in-use.${tagOf(process.pid!)}.x`);
    await older(two, 8);
    await older(three, 1);
    const cache = createDownloadCache(directory);
    await cache.use(two, () => cache.use(four, nothing));
    expect((await readdir(directory)).sort()).toEqual([one, two, four]);
    process.kill();
    await once(process, 'exit');
  });

  it('is not impressed by the marks of processes that are gone', async () => {
    await older(two, 2);
    await older(one, 9, `.in-use.${ownTag()}9.x`, '.in-use.nonsense');
    await createDownloadCache(directory).use(three, nothing);
    expect((await readdir(directory)).sort()).toEqual([two, three]);
  });

  it('leaves no mark behind, also when the work fails', async () => {
    const cache = createDownloadCache(directory);
    await expect(cache.use(one, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await readdir(join(directory, one))).toEqual([]);
  });

  it('says so when it cannot be written', async () => {
    await writeFile(join(directory, 'file'), '');
    const cache = createDownloadCache(join(directory, 'file'));
    await expect(cache.use(one, nothing)).rejects.toMatchObject({ kind: 'host', code: 'cache-not-writable' });
  });
});

describe('the place of a URL', () => {
  it('is by directory and file for what the mirrors publish', () => {
    const url = mirrorUrl('network', one, 'setupos', 'image');
    expect(cachedPath(url, one)).toBe('download.dfinity.network/setup-os/disk-img/disk-img.tar.zst');
  });

  it('differs for any other URL, of the same host as well', () => {
    const urls = [
      mirrorUrl('network', two, 'setupos', 'image'),
      `${mirrorUrl('network', one, 'setupos', 'image')}?x`,
      'https://download.dfinity.network/a',
      'https://files.example.org/a',
    ];
    const places = urls.map((url) => cachedPath(url, one));
    expect(new Set(places).size).toBe(4);
    for (const place of places) expect(place).toMatch(/^[a-z.]+\/[0-9a-f]{64}$/);
  });
});

describe('the tag of a process', () => {
  it('tells a living process from a later one of the same number', () => {
    expect(isAlive(ownTag())).toBe(true);
    expect(isAlive(`${process.pid}-1`)).toBe(false);
    expect(isAlive('nonsense')).toBe(false);
  });
});
