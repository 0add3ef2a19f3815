import { randomBytes } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommitId } from '../../../src/domain/ids.ts';
import { failureObserved } from '../../../src/verify/git/failure.ts';
import { fetchFailure } from '../../../src/verify/git/git.ts';
import { sourceOf } from '../../../src/verify/git/source.ts';
import { repositoryDeps, startLoopbackGit, type LoopbackGit } from './loopback-git.ts';

let server: LoopbackGit;
let huge: CommitId;
let small: CommitId;
const never = new AbortController().signal;

beforeAll(async () => {
  server = await startLoopbackGit();
  small = server.commit({ 'README.md': 'new\n' }, 'refs/heads/rc--1');
  huge = server.commit({ 'image.bin': randomBytes(1024 * 1024).toString('base64') }, 'refs/heads/master');
});
afterAll(() => server.close());

describe('a repository that sends more than a commit can be', () => {
  it('is broken off on disk, not asked again, and named; what fits is read as before', async () => {
    const deps = repositoryDeps(server.url, server.cacheDir, 256 * 1024);
    expect(await sourceOf(huge, deps, never)).toMatchObject({ failure: 'too-large' });
    const packs = join(deps.directory, 'source.git', 'objects', 'pack');
    const half = readdirSync(packs).filter((name) => name.startsWith('tmp_'));
    expect(half).toHaveLength(1);
    expect(await sourceOf(small, deps, never)).not.toHaveProperty('failure');
    // What the broken transfer left went before the next one began.
    expect(readdirSync(packs).filter((name) => name.startsWith('tmp_'))).toEqual([]);
  });

  it('is an observation of its own kind', () => {
    expect(failureObserved({ failure: 'too-large', words: 'it sends too much' }, 'somewhere', 0)).toMatchObject({
      status: 'unavailable',
      kind: 'limit',
      code: 'repository-too-large',
    });
  });

  it('is told from our own disk being full, for which no server is to blame', () => {
    const ended = { cause: 'exited', exitCode: 128, signal: null, stdout: '', truncated: false } as const;
    const failed = (word: string): ReturnType<typeof fetchFailure> => {
      const stderr = `fatal: write error: ${word}\nfatal: fetch-pack: invalid index-pack output\n`;
      return fetchFailure({ ...ended, stderr, stdoutBytes: 0, seconds: 1, startError: null });
    };
    expect(failed('No space left on device')).toBe('storage');
    expect(failed('File too large')).toBe('too-large');
    expect(failed('Broken pipe')).toBe('unreachable');
  });

  it('leaves no half transfer of a dead one behind, whatever ended it', async () => {
    const deps = repositoryDeps(server.url, server.cacheDir);
    const packs = join(deps.directory, 'source.git', 'objects', 'pack');
    writeFileSync(join(packs, 'tmp_pack_of_a_dead_one'), 'x');
    expect(await sourceOf(huge, deps, never)).not.toHaveProperty('failure');
    expect(readdirSync(packs).filter((name) => name.startsWith('tmp_'))).toEqual([]);
  });
});
