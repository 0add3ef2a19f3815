import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createArtifacts } from '../../simnet/artifacts/index.ts';
import type { Fault } from '../../simnet/types.ts';
import { ArtifactsRig, run, serve, viewOf, type Ran } from './artifacts-kit.ts';

const rig = new ArtifactsRig();

function commit(name: string): string {
  return rig.artifacts.releases.get(name)!.commit;
}

async function git(args: string[], faults: Fault[] = [], timeout = 10_000): Promise<Ran> {
  await using github = await serve(
    rig.artifacts.hosts,
    'github.com',
    viewOf(rig.artifacts.releases.get('good')!, faults),
  );
  const filled = args.map((argument) => argument.replace('{url}', `${github.url}/dfinity/ic`));
  const env = { PATH: process.env['PATH'], HOME: rig.scratch, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' };
  return await run('git', filled, { env, timeout, cwd: rig.scratch });
}

async function clone(...options: string[]): Promise<string> {
  const directory = mkdtempSync(join(rig.scratch, 'clone-'));
  expect(await git(['clone', '--quiet', '--bare', ...options, '{url}', directory])).toEqual({ code: 0, output: '' });
  return directory;
}

test('branches, release tags and pull references are advertised, a fork is not', async () => {
  const { output } = await git(['ls-remote', '{url}.git']);
  const refs = output.trim().split('\n');
  expect(refs).toContain(`${commit('good')}\trefs/heads/rc--2026-09-18_03-30`);
  expect(refs).toContain(`${commit('good')}\trefs/tags/release-2026-09-18_03-30-base`);
  expect(refs).toContain(`${commit('good-tag')}\trefs/tags/release-2026-09-11_03-30-base`);
  expect(refs).toContain(`${commit('good-hotfix')}\trefs/heads/hotfix-2026-09-18_03-30-state-sync`);
  expect(refs).toContain(`${commit('pull-only')}\trefs/pull/1/head`);
  expect(refs).toContain(`${commit('on-master')}\trefs/heads/master`);
  expect(refs).toContain(`${commit('on-master')}\tHEAD`);
  expect(output).not.toContain(commit('fork-only'));
});

test.each([
  ['good', ['rc--2026-09-18_03-30']],
  ['differs', ['rc--2026-09-18_03-30']],
  ['good-hotfix', ['hotfix-2026-09-18_03-30-state-sync']],
  ['on-master', ['master']],
  ['on-master-early', ['master']],
  ['on-branch', ['alice/faster-state-sync']],
  ['layout-2024-09', ['rc--2024-09-20_03-30']],
  ['good-tag', []],
])('a clone without trees shows that %s is on %j', async (name, branches) => {
  const directory = await clone('--filter=tree:0');
  const { output } = await run('git', [
    '-C',
    directory,
    'branch',
    '--format=%(refname:short)',
    '--contains',
    commit(name),
  ]);
  expect(output.split('\n').filter(Boolean)).toEqual(branches);
  const objects = await run('git', ['-C', directory, 'cat-file', '--batch-all-objects', '--batch-check=%(objecttype)']);
  expect(objects.output).not.toContain('tree');
});

test.each(['fork-only', 'pull-only', 'good-tag'])('%s is served by its id though no branch holds it', async (name) => {
  const directory = await clone();
  expect((await run('git', ['-C', directory, 'branch', '--contains', commit(name)])).output).not.toContain('rc--');
  expect((await git(['-C', directory, 'fetch', '--quiet', '{url}', commit(name)])).code).toBe(0);
  const held = await run('git', ['-C', directory, 'cat-file', '-t', commit(name)]);
  expect(held.output).toBe('commit\n');
});

test('a commit that does not exist is refused as such', async () => {
  const directory = await clone();
  const { code, output } = await git(['-C', directory, 'fetch', '--quiet', '{url}', commit('absent')]);
  expect(code).toBe(128);
  expect(output).toContain('not our ref');
});

test('the objects are sound and the commit ids are the same wherever the repository is made', async () => {
  const directory = await clone();
  expect((await run('git', ['-C', directory, 'fsck', '--strict'])).code).toBe(0);
  const again = await createArtifacts({ dataDir: join(rig.scratch, 'again') });
  expect([...again.releases.values()]).toEqual([...rig.artifacts.releases.values()]);
  expect(new Set([...again.releases.values()].map((release) => release.commit)).size).toBe(again.releases.size);
});

test('another repository is not found', async () => {
  expect((await git(['ls-remote', '{url}-private'])).output).toContain('not found');
});

test.each([
  ['down', 'Empty reply'],
  ['http-500', '500'],
] as const)('%s is a failure of the transport', async (fault, message) => {
  const { code, output } = await git(['ls-remote', '{url}'], [{ at: 'git', fault }]);
  expect(code).toBe(128);
  expect(output).toContain(message);
});

test('a stalled server never answers', async () => {
  const { code, output } = await git(['ls-remote', '{url}'], [{ at: 'git', fault: 'stall' }], 500);
  expect([code, output]).toEqual([null, '']);
});
