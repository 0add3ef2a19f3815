import { join } from 'node:path';
import type { CommitRefs } from '../../domain/evidence.ts';
import type { CommitId } from '../../domain/ids.ts';
import { Deadline } from '../../platform/deadline.ts';
import type { ProcessResult } from '../../platform/exec.ts';
import { isFailure, failureOf, type GitFailure } from './failure.ts';
import { fetchTips, keptTips, TIPS, tipRef, typeAtServer, type Unread } from './fetch-tips.ts';
import { succeeded, type Git } from './git.ts';
import { prepareBare, setAside, typeOf, WHOLE_MS, type RepositoryDeps } from './repository.ts';
import { listTips, typesOf, type Tips } from './tips.ts';

/** What is listed, with the bare repository that has the commits below it, without trees. */
interface Today {
  readonly path: string;
  readonly tips: Tips;
  readonly unread: Unread;
}

/** Ids that no ref has any more cost a look each time; so many may stay. */
const MOST_STALE = 5_000;
const NAMES_SHOWN = 5;
const NOTHING = '0'.repeat(40);

/**
 * Where a commit stands in the official repository. Branches and tags are listed anew each time; only the history below
 * them, which their ids fix, is kept. What the server merely *has* proves nothing: on GitHub every commit of every fork
 * can be fetched through the parent.
 */
export async function whereCommitStands(
  commit: CommitId,
  deps: RepositoryDeps,
  signal?: AbortSignal,
): Promise<CommitRefs | GitFailure> {
  // Odd refs are found by many small transfers, whose number the server has a part in.
  const whole = new Deadline(deps.wholeMs ?? WHOLE_MS, deps.url);
  try {
    return await standing(commit, { ...deps, whole }, signal);
  } finally {
    whole.end();
  }
}

async function standing(
  commit: CommitId,
  deps: RepositoryDeps,
  signal?: AbortSignal,
): Promise<CommitRefs | GitFailure> {
  const first = await onOfficialRefs(commit, deps, signal);
  if (isFailure(first) || first.presence === 'on-refs') return first;
  const type = await typeAtServer(commit, deps, signal);
  if (isFailure(type)) return type;
  // The id of a tag or a tree names no commit.
  if (type !== 'commit') return { ...first, presence: 'missing' };
  // It may have been pushed between the two questions: nobody is accused before a second look.
  return onOfficialRefs(commit, deps, signal);
}

/** `off-refs`: none of today's branches and tags leads to it. */
async function onOfficialRefs(
  commit: CommitId,
  deps: RepositoryDeps,
  signal?: AbortSignal,
): Promise<CommitRefs | GitFailure> {
  const today = await currentTips(deps, signal);
  if (isFailure(today)) return today;
  const type = await typeOf(deps.git, today.path, commit, signal);
  if (isFailure(type)) return type;
  const refs = type === 'commit' ? await refsContaining(deps.git, today, commit, signal) : [];
  if (isFailure(refs)) return refs;
  const leftOut = await leadNowhere(deps.git, today, signal);
  if (isFailure(leftOut)) return leftOut;
  const odd = leftOut.length > 0 ? { leftOut: { count: leftOut.length, names: leftOut.slice(0, NAMES_SHOWN) } } : {};
  if (refs.length > 0) return { presence: 'on-refs', refs, ...odd };
  // The commit may stand below one of these.
  const [unread] = [...today.unread].flatMap((id) => today.tips.byId.get(id) ?? []);
  if (unread !== undefined) return { failure: 'unreachable', words: `the server cannot give the history of ${unread}` };
  return { presence: 'off-refs', refs: [], ...odd };
}

async function currentTips(deps: RepositoryDeps, signal?: AbortSignal): Promise<Today | GitFailure> {
  const path = join(deps.directory, 'refs.git');
  const known = await prepareBare(deps.git, path, deps.directory, signal);
  if (isFailure(known)) return known;
  const tips = await listTips(path, deps, signal);
  if (isFailure(tips)) return tips;
  // The project has branches, so a server that shows none has not answered.
  if (tips.byId.size === 0) return { failure: 'unreachable', words: 'the server lists no branches or tags' };
  const first = await bringTips(tips, path, known === 'known', deps, signal);
  if (!isFailure(first) && (known === 'new' || (await isSound(deps.git, path, signal)))) {
    return { path, tips, unread: first };
  }
  if (isFailure(first) && (first.failure !== 'local' || known === 'new')) return first;
  // Corrupt, or left in pieces by a killed run. What is fetched now is hashed while it arrives.
  await setAside(path);
  const again = await prepareBare(deps.git, path, deps.directory, signal);
  if (isFailure(again)) return again;
  const unread = await bringTips(tips, path, false, deps, signal);
  return isFailure(unread) ? unread : { path, tips, unread };
}

async function bringTips(
  tips: Tips,
  path: string,
  known: boolean,
  deps: RepositoryDeps,
  signal?: AbortSignal,
): Promise<Unread | GitFailure> {
  const kept = await keptTips(path, deps, signal);
  const stale = [...kept].filter((id) => !tips.byId.has(id));
  if (stale.length > MOST_STALE) {
    const stdin = stale.map((id) => `delete ${tipRef(id)}\n`).join('');
    await deps.git.run(['update-ref', '--stdin'], {
      cwd: path,
      lock: `${path}.lock`,
      stdin,
      ...(signal ? { signal } : {}),
    });
  }
  const wanted = [...tips.byId.keys()].filter((id) => !kept.has(id) && id !== NOTHING);
  // A server without filters says so and sends everything: right as well, only slower.
  const settings = [
    `remote.origin.url=${deps.url}`,
    'remote.origin.promisor=true',
    'remote.origin.partialclonefilter=tree:0',
  ].flatMap((setting) => ['-c', setting]);
  return fetchTips(wanted, { path, known, settings, options: ['--filter=tree:0'] }, deps, signal);
}

/** Every object against its id, and every commit against its parents; trees are promised, not here. */
async function isSound(git: Git, path: string, signal?: AbortSignal): Promise<boolean> {
  const promised = ['-c', 'remote.origin.promisor=true', '-c', 'remote.origin.partialclonefilter=tree:0'];
  const result = await git.run([...promised, 'fsck', '--no-dangling', '--no-progress'], {
    cwd: path,
    ...(signal ? { signal } : {}),
  });
  return succeeded(result) || result.cause === 'cancelled' || hasOddFormOnly(result);
}

/** Histories of many years have commits that today's git would not make. They are no damage of ours. */
function hasOddFormOnly({ cause, exitCode, stderr, truncated }: ProcessResult): boolean {
  const lines = stderr.split('\n').filter((line) => line !== '');
  const form = /^(?:error|warning) in (?:commit|tag) [0-9a-f]{40}: |^notice: /;
  return (
    cause === 'exited' && exitCode === 1 && !truncated && lines.length > 0 && lines.every((line) => form.test(line))
  );
}

async function refsContaining(
  git: Git,
  { path, tips }: Today,
  commit: CommitId,
  signal?: AbortSignal,
): Promise<string[] | GitFailure> {
  const args = ['for-each-ref', '--format=%(refname:lstrip=2)', `--contains=${commit}`, TIPS];
  const result = await git.run(args, { cwd: path, outputLimit: 64 * 1024 * 1024, ...(signal ? { signal } : {}) });
  if (!succeeded(result) || result.truncated) return failureOf(result);
  const below = result.stdout.split('\n').flatMap((id) => tips.byId.get(id) ?? []);
  // What stands there itself is there, also where its history is torn.
  return [...new Set([...below, ...(tips.byId.get(commit) ?? [])])].sort();
}

/** The refs that lead to no commit that is here. */
async function leadNowhere(git: Git, { path, tips }: Today, signal?: AbortSignal): Promise<string[] | GitFailure> {
  const ends = new Map([...tips.byId.keys()].map((id) => [id, tips.peeled.get(id) ?? id]));
  const types = await typesOf(git, path, [...new Set(ends.values())], signal);
  if (isFailure(types)) return types;
  return [...ends].flatMap(([id, end]) => (types.get(end) === 'commit' ? [] : (tips.byId.get(id) ?? []))).sort();
}
