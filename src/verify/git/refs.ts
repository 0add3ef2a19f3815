import { mkdir, mkdtemp, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommitRefs } from '../../domain/evidence.ts';
import type { CommitId } from '../../domain/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import { removeTree } from '../../platform/files.ts';
import { isTrouble, troubleOf, type GitTrouble } from './answer.ts';
import { fetchFailure, succeeded, type Git } from './git.ts';

export interface RepositoryDeps {
  readonly git: Git;
  readonly clock: Clock;
  /** `<cacheDir>/repo`. */
  readonly directory: string;
  /** The official repository. */
  readonly url: string;
  /** Tries of a transfer, and the pause between two. */
  readonly tries?: number;
  readonly pauseMs?: number;
}

/** `refs/pull/*` is never asked for: anybody can put any commit there. */
const OFFICIAL = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
const FETCH = ['fetch', '--progress', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];

/**
 * Where a commit stands in the official repository. Branches and tags are fetched anew each time; only the history
 * below them, which their ids fix, is kept. What the server merely *has* proves nothing: on GitHub every commit of
 * every fork can be fetched through the parent.
 */
export async function whereCommitStands(
  commit: CommitId,
  deps: RepositoryDeps,
  signal?: AbortSignal,
): Promise<CommitRefs | GitTrouble> {
  const first = await onOfficialRefs(commit, deps, signal);
  if (first !== null) return first;
  const asked = await askServer(commit, deps, signal);
  if (isTrouble(asked) || asked.presence !== 'off-refs') return asked;
  // It may have been pushed between the two questions: nobody is accused before a second look.
  return (await onOfficialRefs(commit, deps, signal)) ?? asked;
}

/** null: none of today's branches and tags leads to it. */
async function onOfficialRefs(
  commit: CommitId,
  deps: RepositoryDeps,
  signal?: AbortSignal,
): Promise<CommitRefs | GitTrouble | null> {
  const repository = await currentRefs(deps, signal);
  if (isTrouble(repository)) return repository;
  const type = await typeOf(deps.git, repository, commit, signal);
  if (isTrouble(type)) return type;
  const refs = type === 'commit' ? await refsContaining(deps.git, repository, commit, signal) : [];
  if (isTrouble(refs)) return refs;
  if (refs.length > 0) return { presence: 'on-refs', refs };
  const any = await deps.git.run(['for-each-ref', '--count=1'], { cwd: repository, ...(signal ? { signal } : {}) });
  if (!succeeded(any)) return troubleOf(any);
  // The project has branches, so a server that shows none has not answered.
  return any.stdout === '' ? { trouble: 'unreachable', words: 'the server shows no branch and no tag' } : null;
}

/** The bare repository with today's refs and the commits below them, without trees. */
async function currentRefs(deps: RepositoryDeps, signal?: AbortSignal): Promise<string | GitTrouble> {
  const path = join(deps.directory, 'refs.git');
  const known = await prepareBare(deps.git, path, deps.directory, signal);
  if (isTrouble(known)) return known;
  const first = await fetchRefs(path, deps, signal);
  if (!isTrouble(first) && (known === 'new' || (await isSound(deps.git, path, signal)))) return path;
  if (isTrouble(first) && (first.trouble !== 'local' || known === 'new')) return first;
  // Corrupt, or left in pieces by a killed run. What is fetched now is hashed while it arrives.
  await setAside(path);
  const again = await prepareBare(deps.git, path, deps.directory, signal);
  if (isTrouble(again)) return again;
  return (await fetchRefs(path, deps, signal)) ?? path;
}

async function fetchRefs(path: string, deps: RepositoryDeps, signal?: AbortSignal): Promise<GitTrouble | null> {
  // A server without filters says so and sends everything: right as well, only slower.
  const remote = [
    `remote.origin.url=${deps.url}`,
    'remote.origin.promisor=true',
    'remote.origin.partialclonefilter=tree:0',
  ].flatMap((setting) => ['-c', setting]);
  return fetchWithTries([...remote, ...FETCH, '--prune', '--filter=tree:0', 'origin', ...OFFICIAL], path, deps, signal);
}

/** Fetches, again where the server was out of reach. null: done. */
export async function fetchWithTries(
  args: readonly string[],
  path: string,
  deps: RepositoryDeps,
  signal?: AbortSignal,
): Promise<GitTrouble | null> {
  const tries = deps.tries ?? 3;
  for (let attempt = 1; ; attempt += 1) {
    const result = await deps.git.run(args, {
      cwd: path,
      reach: 'remote',
      lock: `${path}.lock`,
      ...(signal ? { signal } : {}),
    });
    if (succeeded(result)) return null;
    if (fetchFailure(result) !== 'unreachable' || attempt >= tries || signal?.aborted) return troubleOf(result);
    await deps.clock.sleep((deps.pauseMs ?? 1_000) * 2 ** (attempt - 1), signal);
  }
}

/** Makes the bare repository where there is none; says whether it was there already. */
export async function prepareBare(
  git: Git,
  path: string,
  directory: string,
  signal?: AbortSignal,
): Promise<'new' | 'known' | GitTrouble> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (await stat(join(path, 'HEAD')).catch(() => null)) return 'known';
  // A HEAD that is nobody's branch, so that fetching never touches "the current branch".
  const made = await git.run(['init', '--quiet', '--bare', '--template=', '--initial-branch=no-branch', path], {
    cwd: directory,
    lock: `${path}.lock`,
    ...(signal ? { signal } : {}),
  });
  return succeeded(made) ? 'new' : troubleOf(made);
}

/** Out of the way first, in one step, so that nobody meets half a repository. */
export async function setAside(path: string): Promise<void> {
  const aside = `${path}.broken-${process.pid}-${Date.now()}`;
  await rename(path, aside).catch(() => undefined);
  await removeTree(aside);
}

/** Every object against its id, and every commit against its parents; trees are promised, not here. */
async function isSound(git: Git, path: string, signal?: AbortSignal): Promise<boolean> {
  const promised = ['-c', 'remote.origin.promisor=true', '-c', 'remote.origin.partialclonefilter=tree:0'];
  const result = await git.run([...promised, 'fsck', '--no-dangling', '--no-progress'], {
    cwd: path,
    ...(signal ? { signal } : {}),
  });
  return succeeded(result) || result.cause === 'cancelled';
}

/** The type of an object that is here; `missing` where it is not. Nothing is fetched to find out. */
export async function typeOf(
  git: Git,
  path: string,
  commit: CommitId,
  signal?: AbortSignal,
): Promise<string | GitTrouble> {
  const result = await git.run(['cat-file', '--batch-check=%(objecttype)'], {
    cwd: path,
    stdin: `${commit}\n`,
    ...(signal ? { signal } : {}),
  });
  if (!succeeded(result)) return troubleOf(result);
  return result.stdout.trim().endsWith('missing') ? 'missing' : result.stdout.trim();
}

async function refsContaining(
  git: Git,
  path: string,
  commit: CommitId,
  signal?: AbortSignal,
): Promise<string[] | GitTrouble> {
  const args = ['for-each-ref', '--format=%(refname)', `--contains=${commit}`, 'refs/heads/', 'refs/tags/'];
  const result = await git.run(args, { cwd: path, outputLimit: 16 * 1024 * 1024, ...(signal ? { signal } : {}) });
  if (!succeeded(result) || result.truncated) return troubleOf(result);
  return result.stdout
    .split('\n')
    .filter((ref) => ref !== '')
    .sort();
}

/** On no official ref. Whether it exists at all is asked into a repository that is thrown away. */
async function askServer(
  commit: CommitId,
  deps: RepositoryDeps,
  signal?: AbortSignal,
): Promise<CommitRefs | GitTrouble> {
  const probe = await mkdtemp(join(deps.directory, 'probe-'));
  try {
    const made = await prepareBare(deps.git, join(probe, 'probe.git'), probe, signal);
    if (isTrouble(made)) return made;
    const args = [...FETCH, '--depth=1', '--filter=tree:0', '--end-of-options', deps.url, commit];
    const trouble = await fetchWithTries(args, join(probe, 'probe.git'), deps, signal);
    // A server that gives nothing by id has shown all that it gives with its refs.
    const isMissing = trouble?.trouble === 'not-there' || trouble?.trouble === 'refused';
    if (trouble) return isMissing ? { presence: 'missing', refs: [] } : trouble;
    const type = await typeOf(deps.git, join(probe, 'probe.git'), commit, signal);
    if (isTrouble(type)) return type;
    // The id of a tag or a tree names no commit.
    return { presence: type === 'commit' ? 'off-refs' : 'missing', refs: [] };
  } finally {
    await removeTree(probe);
  }
}
