import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Evidence, evidenceKey, type CommitRefs, type Observation } from '../../../src/domain/evidence.ts';
import { parseCommitId, type CommitId } from '../../../src/domain/ids.ts';
import { createCommitRefsCollector } from '../../../src/verify/collect/tree.ts';
import { fetchFailure, gitWords } from '../../../src/verify/git/git.ts';
import { withTries, type RepositoryDeps } from '../../../src/verify/git/repository.ts';
import { repositoryDeps, startLoopbackGit, type LoopbackGit } from './loopback-git.ts';

let server: LoopbackGit;
let base: CommitId;
let rc: CommitId;

beforeAll(async () => {
  server = await startLoopbackGit();
  base = server.commit({ file: 'one' }, 'refs/heads/master');
  rc = server.commit({ file: 'two' }, 'refs/heads/rc--2026-09-18_03-30', base);
});
afterEach(() => server.fault(null));
afterAll(() => server.close());

const context = (signal = new AbortController().signal) => ({
  signal,
  progress: () => undefined,
  observe: () => Promise.reject(new Error('asks for nothing else')),
  evidence: new Evidence(),
  commit: null,
});

async function look(commit: string, deps = server.deps): Promise<Observation<CommitRefs>> {
  return createCommitRefsCollector(deps).collect(evidenceKey.commitRefs(commit as CommitId), context());
}

async function seen(commit: string): Promise<CommitRefs> {
  const observation = await look(commit);
  if (observation.status !== 'observed') throw new Error(JSON.stringify(observation));
  return observation.value;
}

describe('where a commit stands', () => {
  it('names the release branch that contains it, and no other', async () => {
    expect(await seen(rc)).toEqual({ presence: 'on-refs', refs: ['refs/heads/rc--2026-09-18_03-30'] });
  });

  it('names every branch below which it lies', async () => {
    expect((await seen(base)).refs).toEqual(['refs/heads/master', 'refs/heads/rc--2026-09-18_03-30']);
  });

  it('counts tags, annotated ones too', async () => {
    const tagged = server.commit({ file: 'tagged' });
    server.git('tag', '-a', '-m', 'a release', 'release-2026-09-18_03-30-base', tagged);
    expect(await seen(tagged)).toEqual({ presence: 'on-refs', refs: ['refs/tags/release-2026-09-18_03-30-base'] });
  });

  it('takes the id of a tag object for no commit', async () => {
    const tag = server.git('rev-parse', 'refs/tags/release-2026-09-18_03-30-base');
    expect((await seen(tag)).presence).toBe('missing');
  });

  it('takes the id of a tree for no commit', async () => {
    expect((await seen(server.git('rev-parse', `${rc}^{tree}`))).presence).toBe('missing');
  });

  it("says that a fork's commit is on no official ref, though the server gives it", async () => {
    const fork = server.commit({ file: 'of a fork' }, undefined, base);
    expect(await seen(fork)).toEqual({ presence: 'off-refs', refs: [] });
    expect(await seen(fork), 'asked twice').toEqual({ presence: 'off-refs', refs: [] });
  });

  it("says the same of a pull request's commit", async () => {
    const pull = server.commit({ file: 'of a pull request' }, 'refs/pull/1/head', base);
    expect(await seen(pull)).toEqual({ presence: 'off-refs', refs: [] });
  });

  it('sees a branch that was pushed since, and no longer one that was deleted', async () => {
    const late = server.commit({ file: 'late' }, 'refs/heads/hotfix-late', rc);
    expect((await seen(late)).refs).toEqual(['refs/heads/hotfix-late']);
    server.git('update-ref', '-d', 'refs/heads/hotfix-late');
    expect(await seen(late)).toEqual({ presence: 'off-refs', refs: [] });
  });

  it('is looked for once more before it is called nobody’s: it may have been pushed between two questions', async () => {
    const pushed = server.commit({ file: 'pushed just now' }, undefined, rc);
    const git: RepositoryDeps['git'] = {
      run: async (args, call) => {
        const result = await server.deps.git.run(args, call);
        if (args.includes(server.url)) server.git('update-ref', 'refs/heads/rc--just-now', pushed);
        return result;
      },
    };
    const observation = await look(pushed, { ...server.deps, git });
    expect(observation).toMatchObject({ value: { presence: 'on-refs', refs: ['refs/heads/rc--just-now'] } });
    server.git('update-ref', '-d', 'refs/heads/rc--just-now');
  });

  it('is not known where the server lists no branches or tags at all', async () => {
    const empty = await startLoopbackGit();
    const alone = empty.commit({ file: 'on no branch' });
    expect(await look(alone, empty.deps)).toMatchObject({ status: 'unavailable', code: 'repository-unreachable' });
    expect(await look('1'.repeat(40), empty.deps)).toMatchObject({ status: 'unavailable' });
    await empty.close();
  });

  it('says missing only where the server says so', async () => {
    expect(await seen('1'.repeat(40))).toEqual({ presence: 'missing', refs: [] });
  });

  it.each(['-'.repeat(40), `../${'a'.repeat(37)}`, rc_upper(), 'master', `${'a'.repeat(40)}\n`])(
    'refuses %j before git sees it',
    async (text) => {
      const before = server.requests();
      expect(await look(text)).toMatchObject({ status: 'unavailable', kind: 'malformed', code: 'not-a-commit' });
      expect(server.requests()).toBe(before);
    },
  );
});

function rc_upper(): string {
  return 'A'.repeat(40);
}

describe('a repository out of reach', () => {
  it('has one bound on all tries of a transfer together', async () => {
    const allowed: (number | undefined)[] = [];
    const slow = { cause: 'stalled', exitCode: null, signal: null, stdout: '', stderr: '', seconds: 10 } as const;
    const git: RepositoryDeps['git'] = {
      run: async (_args, { timeoutMs }) => {
        allowed.push(timeoutMs);
        const isOver = (timeoutMs ?? 0) <= 10_000;
        return { ...slow, cause: isOver ? 'timed-out' : 'stalled', truncated: false, stdoutBytes: 0, startError: null };
      },
    };
    const deps = { ...server.deps, git, backoff: { firstMs: 1, mostMs: 300, tries: 9 }, wholeMs: 25_000 };
    const result = await withTries({ args: ['fetch'] }, { cwd: '/' }, deps);
    expect(allowed).toEqual([25_000, 15_000, 5_000]);
    expect(fetchFailure(result)).toBe('unreachable');
    expect(gitWords(result)).toBe('timed out: it took too long in all');
  });

  it.each(['down', 'http-500', 'stall', 'html'] as const)('is trouble, never a missing commit: %s', async (fault) => {
    server.fault(fault);
    expect(await look(rc)).toMatchObject({
      status: 'unavailable',
      kind: 'transport',
      code: 'repository-unreachable',
      retryable: true,
    });
  });

  it('is missing, too, where a server of the oldest protocol gives nothing but its refs', async () => {
    server.fault('version-0');
    expect(await seen(rc)).toMatchObject({ presence: 'on-refs' });
    expect(await seen('3'.repeat(40))).toEqual({ presence: 'missing', refs: [] });
    const pull = server.commit({ file: 'of another pull request' }, 'refs/pull/2/head', base);
    expect(await seen(pull)).toMatchObject({ presence: 'off-refs' });
    server.fault(null);
  });

  it('is not hidden by what an earlier run fetched', async () => {
    expect((await seen(rc)).presence).toBe('on-refs');
    server.fault('down');
    expect((await look(rc)).status).toBe('unavailable');
  });

  it('ends at once when the run is stopped', async () => {
    server.fault('stall');
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 200);
    const collector = createCommitRefsCollector(server.deps);
    const answer = await collector.collect(evidenceKey.commitRefs(rc), context(stop.signal));
    expect(answer).toMatchObject({ status: 'unavailable', code: 'interrupted' });
  });
});

describe('the kept history', () => {
  it('is fetched anew when it is corrupt', async () => {
    await seen(rc);
    const packs = join(server.deps.directory, 'refs.git', 'objects', 'pack');
    const pack = readdirSync(packs).find((name) => name.endsWith('.pack'))!;
    rmSync(join(packs, pack));
    writeFileSync(join(packs, pack), 'PACK but not really');
    expect((await seen(rc)).refs).toEqual(['refs/heads/rc--2026-09-18_03-30']);
  });

  it('is fetched anew when a killed run left its lock in it', async () => {
    await seen(rc);
    const moved = server.commit({ file: 'moved' }, 'refs/heads/moving', base);
    await seen(moved);
    const next = server.commit({ file: 'moved again' }, 'refs/heads/moving', moved);
    const lock = join(server.deps.directory, 'refs.git', 'refs', 'tips', `${next}.lock`);
    mkdirSync(dirname(lock), { recursive: true });
    writeFileSync(lock, '');
    expect((await seen(rc)).presence).toBe('on-refs');
    expect(existsSync(lock)).toBe(false);
  });

  it('holds no tree and no file of the source', async () => {
    await seen(rc);
    const list = await server.deps.git.run(['cat-file', '--batch-all-objects', '--batch-check=%(objecttype)'], {
      cwd: join(server.deps.directory, 'refs.git'),
    });
    expect(new Set(list.stdout.trim().split('\n'))).toEqual(new Set(['commit', 'tag']));
  });

  it('serves two runs at once', async () => {
    const deps = repositoryDeps(server.url, join(server.directory, 'cache-of-two'));
    const both = await Promise.all([look(rc, deps), look(base, deps)]);
    expect(both.map((one) => one.status)).toEqual(['observed', 'observed']);
  });

  it('comes whole from a server that knows no filters', async () => {
    server.git('config', 'uploadpack.allowFilter', 'false');
    try {
      const deps = repositoryDeps(server.url, join(server.directory, 'cache-unfiltered'));
      expect(await look(rc, deps)).toMatchObject({ value: { presence: 'on-refs' } });
      expect(await look('2'.repeat(40), deps)).toMatchObject({ value: { presence: 'missing' } });
    } finally {
      server.git('config', 'uploadpack.allowFilter', 'true');
    }
  });
});

it('knows a commit id when it sees one', () => {
  expect(parseCommitId(rc)).toBe(rc);
});
