import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CommitId } from '../../../src/domain/ids.ts';
import { isFailure } from '../../../src/verify/git/failure.ts';
import { sourceOf } from '../../../src/verify/git/source.ts';
import { checkoutState, makeWorkspace, type Workspace } from '../../../src/verify/git/workspace.ts';
import { startLoopbackGit, type LoopbackGit } from './loopback-git.ts';

let server: LoopbackGit;
let commit: CommitId;
let fork: CommitId;
const never = new AbortController().signal;

beforeAll(async () => {
  server = await startLoopbackGit();
  const old = server.commit({ 'README.md': 'old\n' }, 'refs/heads/master');
  commit = server.commit({ 'README.md': 'new\n', 'ci/run.sh': '#!/bin/sh\n' }, 'refs/heads/rc--1', old);
  fork = server.commit({ 'README.md': 'fork\n' });
});
afterEach(() => server.fault(null));
afterAll(() => server.close());

async function make(id: CommitId = commit): Promise<Workspace> {
  const workspace = await makeWorkspace(id, server.cacheDir, server.deps, never);
  if (isFailure(workspace)) throw new Error(JSON.stringify(workspace));
  return workspace;
}

const git = (cwd: string, ...args: string[]): string => execFileSync('git', args, { cwd, encoding: 'utf8' }).trim();
const source = (): string => join(server.deps.directory, 'source.git');

describe('a workspace', () => {
  it('is a directory of its own that only we can enter', async () => {
    const { directory } = await make();
    expect(directory.startsWith(join(server.cacheDir, 'tmp-'))).toBe(true);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect((await make()).directory).not.toBe(directory);
  });

  it('lies in the directory that its owner made, and leaves none where it fails', async () => {
    const mine = join(server.cacheDir, 'tmp-mine');
    const claim = async (cacheDir: string): Promise<string> => {
      expect(cacheDir).toBe(server.cacheDir);
      await mkdir(mine);
      return mine;
    };
    expect(await makeWorkspace(commit, server.cacheDir, server.deps, never, claim)).toMatchObject({ directory: mine });
    rmSync(mine, { recursive: true });
    const nothing = '1'.repeat(40) as CommitId;
    expect(isFailure(await makeWorkspace(nothing, server.cacheDir, server.deps, never, claim))).toBe(true);
    expect(existsSync(mine)).toBe(false);
    const taken = async (cacheDir: string): Promise<string> => {
      await mkdir(join(await claim(cacheDir), 'area'));
      return mine;
    };
    await expect(makeWorkspace(commit, server.cacheDir, server.deps, never, taken)).rejects.toThrow('EEXIST');
    expect(existsSync(mine)).toBe(false);
  });

  it('has the commit checked out, detached, and nothing changed', async () => {
    const { checkout } = await make();
    expect(readFileSync(join(checkout, '.git', 'HEAD'), 'utf8').trim()).toBe(commit);
    expect(git(checkout, 'status', '--porcelain')).toBe('');
    expect(readFileSync(join(checkout, 'README.md'), 'utf8')).toBe('new\n');
    expect(statSync(join(checkout, 'ci/run.sh')).mode & 0o111).not.toBe(0);
  });

  it('answers whatever the status scripts of the source ask, of each generation', async () => {
    const { checkout } = await make();
    const older = [
      'git config --get remote.origin.url',
      'git rev-parse HEAD',
      'git rev-parse --abbrev-ref HEAD',
      'git diff-index --quiet HEAD -- && echo Clean || echo Modified',
      'git rev-parse --show-toplevel',
    ];
    const newest = ['git rev-parse HEAD', 'git status --porcelain', 'git show -s --format=%ct'];
    const answers = (commands: string[]): string[] =>
      execFileSync('bash', ['-c', ['set -euo pipefail', ...commands].join('\n')], { cwd: checkout, encoding: 'utf8' })
        .trim()
        .split('\n');
    expect(answers(older)).toEqual([server.deps.url, commit, 'HEAD', 'Clean', checkout]);
    expect(answers(newest)).toEqual([commit, expect.stringMatching(/^\d+$/)]);
  });

  it('has the modes of a clone of anybody’s, whatever our own mask is', async () => {
    const before = process.umask(0o077);
    const { area, home, checkout } = await make().finally(() => process.umask(before));
    const mode = (path: string): number => statSync(path).mode & 0o7777;
    for (const path of [area, home, checkout, join(checkout, 'ci'), join(checkout, '.git')])
      expect([path, mode(path)]).toEqual([path, 0o755]);
    expect(mode(join(checkout, 'README.md'))).toBe(0o644);
    expect(mode(join(checkout, '.git', 'index'))).toBe(0o644);
    expect(mode(join(checkout, '.git', 'config'))).toBe(0o644);
  });

  it('knows its origin by name only; has no hook, no alternate and no file in common with the cache', async () => {
    const { checkout } = await make();
    const settings = git(checkout, 'config', '--local', '--list').split('\n');
    expect(settings.filter((line) => !line.startsWith('core.'))).toEqual([`remote.origin.url=${server.deps.url}`]);
    expect(git(checkout, 'for-each-ref')).toBe('');
    expect(existsSync(join(checkout, '.git', 'hooks'))).toBe(false);
    expect(existsSync(join(checkout, '.git', 'objects', 'info', 'alternates'))).toBe(false);
    const files = execFileSync('find', [join(checkout, '.git'), '-type', 'f', '-links', '+1'], { encoding: 'utf8' });
    expect(files).toBe('');
    expect(git(checkout, 'cat-file', '-t', commit)).toBe('commit');
  });

  it('is made of what is kept, without asking the server again', async () => {
    await make();
    const before = server.requests();
    await make();
    expect(server.requests()).toBe(before);
  });

  it('is whole again after what is kept was damaged', async () => {
    await make();
    const packs = join(source(), 'objects', 'pack');
    for (const name of readdirSync(packs).filter((file) => file.endsWith('.pack'))) {
      const bytes = readFileSync(join(packs, name));
      bytes[40] = (bytes[40] ?? 0) ^ 0xff;
      rmSync(join(packs, name));
      writeFileSync(join(packs, name), bytes);
    }
    for (const name of readdirSync(join(source(), 'objects')).filter((file) => file.length === 2)) {
      rmSync(join(source(), 'objects', name), { recursive: true });
    }
    const { checkout } = await make();
    expect(git(checkout, 'status', '--porcelain')).toBe('');
  });

  it('comes from the branches where the server gives nothing by id', async () => {
    rmSync(source(), { recursive: true, force: true });
    server.git('config', 'protocol.version', '0');
    const refusing = { ...server.deps, git: protocolZero(server.deps.git) };
    const workspace = await makeWorkspace(commit, server.cacheDir, refusing, never);
    expect(isFailure(workspace) ? workspace : readdirSync(workspace.checkout)).toContain('README.md');
    rmSync(source(), { recursive: true, force: true });
    expect(await makeWorkspace(fork, server.cacheDir, refusing, never)).toMatchObject({ failure: 'not-there' });
    server.git('config', '--unset', 'protocol.version');
  });

  it('is made from few commits at a time, so that what is kept does not grow for ever', async () => {
    for (let release = 0; release < 10; release += 1) {
      await make(server.commit({ 'README.md': `release ${release}\n` }, `refs/heads/rc--2026-${release}`));
    }
    expect(git(source(), 'for-each-ref').split('\n').length).toBeLessThanOrEqual(8);
    expect(readdirSync(server.deps.directory).filter((name) => name.includes('broken'))).toEqual([]);
  });

  it('is not made of a commit that is not there, and leaves nothing behind', async () => {
    const before = readdirSync(server.cacheDir);
    const absent = '1'.repeat(40) as CommitId;
    expect(await makeWorkspace(absent, server.cacheDir, server.deps, never)).toMatchObject({ failure: 'not-there' });
    server.fault('down');
    const unknown = '2'.repeat(40) as CommitId;
    expect(await makeWorkspace(unknown, server.cacheDir, server.deps, never)).toMatchObject({ failure: 'unreachable' });
    expect(readdirSync(server.cacheDir)).toEqual(before);
  });
});

describe('a checkout after a build', () => {
  const state = async (workspace: Workspace): Promise<unknown> => {
    const repository = await sourceOf(commit, server.deps);
    if (isFailure(repository)) throw new Error(repository.words);
    return checkoutState(workspace, repository, commit, server.deps);
  };

  it('is clean when only new files were added', async () => {
    const workspace = await make();
    mkdirSync(join(workspace.checkout, 'artifacts'));
    writeFileSync(join(workspace.checkout, 'artifacts', 'image'), 'bytes');
    expect(await state(workspace)).toBe('clean');
  });

  it('is dirty when a tracked file was changed, or HEAD moved', async () => {
    const changed = await make();
    writeFileSync(join(changed.checkout, 'README.md'), 'NEW\n');
    expect(await state(changed)).toBe('dirty');
    const moved = await make();
    writeFileSync(join(moved.checkout, '.git', 'HEAD'), 'ref: refs/heads/elsewhere\n');
    expect(await state(moved)).toBe('dirty');
    const removed = await make();
    rmSync(join(removed.checkout, '.git'), { recursive: true });
    expect(await state(removed)).toBe('dirty');
  });

  it('runs nothing that the build wrote into its configuration', async () => {
    const workspace = await make();
    const proof = join(workspace.directory, 'proof');
    const program = join(workspace.area, 'program');
    writeFileSync(program, `#!/bin/sh\ntouch ${proof}\ncat\n`, { mode: 0o755 });
    git(workspace.checkout, 'config', 'core.fsmonitor', program);
    git(workspace.checkout, 'config', 'filter.own.clean', program);
    git(workspace.checkout, 'config', 'filter.own.required', 'true');
    writeFileSync(join(workspace.checkout, '.gitattributes'), '* filter=own\n');
    writeFileSync(join(workspace.checkout, 'README.md'), 'NEW\n');
    expect(await state(workspace)).toBe('dirty');
    expect(existsSync(proof)).toBe(false);
    expect(lstatSync(program).isFile()).toBe(true);
  });
});

/** A client of the first protocol, in which a server gives only what it advertises. */
function protocolZero(inner: LoopbackGit['deps']['git']): LoopbackGit['deps']['git'] {
  return { run: (args, call) => inner.run(['-c', 'protocol.version=0', ...args], call) };
}
