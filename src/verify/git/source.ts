import { join } from 'node:path';
import type { CommitId } from '../../domain/ids.ts';
import { isFailure, type GitFailure } from './failure.ts';
import { fetchTips } from './fetch-tips.ts';
import { FETCH, fetchWithTries, prepareBare, setAside, typeOf, type RepositoryDeps } from './repository.ts';
import { listTips } from './tips.ts';

/** Trees are hundreds of megabytes; beyond so many of them, keeping costs more than fetching again. */
const KEPT_COMMITS = 8;
const CHECKED = ['-c', 'transfer.fsckObjects=true'];

/** The name under which a fetched commit is kept from git's cleaning. */
export function sourceRef(commit: CommitId): string {
  return `refs/nns-watch/${commit}`;
}

/**
 * The bare repository that holds the commit with all of its tree, and nothing of its history. Every object was checked
 * against its id when it arrived; what turns out broken later is dropped as a whole and fetched again.
 */
export async function sourceOf(
  commit: CommitId,
  deps: RepositoryDeps,
  signal?: AbortSignal,
): Promise<string | GitFailure> {
  const path = join(deps.directory, 'source.git');
  if (await isFull(commit, path, deps, signal)) await setAside(path);
  const first = await fetchSource(commit, path, deps, signal);
  if (!isFailure(first) || first.failure !== 'local') return first ?? path;
  await setAside(path);
  return (await fetchSource(commit, path, deps, signal)) ?? path;
}

/** Drops what is kept, for a caller that found it broken. */
export async function dropSource(deps: RepositoryDeps): Promise<void> {
  await setAside(join(deps.directory, 'source.git'));
}

/** Everything is dropped at once: whoever reads it in this moment fetches it again. */
async function isFull(commit: CommitId, cwd: string, { git }: RepositoryDeps, signal?: AbortSignal): Promise<boolean> {
  const list = await git.run(['for-each-ref', '--format=%(refname)', 'refs/nns-watch/'], {
    cwd,
    ...(signal ? { signal } : {}),
  });
  const kept = list.stdout.split('\n').filter((ref) => /\/[0-9a-f]{40}$/.test(ref));
  return kept.length >= KEPT_COMMITS && !kept.includes(sourceRef(commit));
}

async function fetchSource(
  commit: CommitId,
  path: string,
  deps: RepositoryDeps,
  signal?: AbortSignal,
): Promise<GitFailure | null> {
  const prepared = await prepareBare(deps.git, path, deps.directory, signal);
  if (isFailure(prepared)) return prepared;
  if (prepared === 'new' || (await typeOf(deps.git, path, commit, signal)) !== 'commit') {
    const args = [...CHECKED, ...FETCH, '--depth=1', deps.url, `+${commit}:${sourceRef(commit)}`];
    const fetched = await fetchWithTries({ args }, path, deps, signal);
    // A server that gives nothing by id gives it with the branches and tags that lead to it.
    const failure = fetched?.failure === 'refused' ? await fetchEverything(path, deps, signal) : fetched;
    if (failure) return failure;
  }
  const type = await typeOf(deps.git, path, commit, signal);
  if (isFailure(type)) return type;
  return type === 'commit' ? null : { failure: 'not-there', words: `${commit} is a ${type}` };
}

async function fetchEverything(path: string, deps: RepositoryDeps, signal?: AbortSignal): Promise<GitFailure | null> {
  const tips = await listTips(path, deps, signal);
  if (isFailure(tips)) return tips;
  const settings = [...CHECKED, '-c', `remote.origin.url=${deps.url}`];
  const target = { path, known: false, settings, options: [] };
  const unread = await fetchTips([...tips.byId.keys()], target, deps, signal);
  return isFailure(unread) ? unread : null;
}
