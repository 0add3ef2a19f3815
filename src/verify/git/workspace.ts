import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { throwOurs } from '../../domain/errors.ts';
import type { CommitId } from '../../domain/ids.ts';
import type { ProcessResult } from '../../platform/exec.ts';
import { openRegularFile, readFile } from '../../platform/files.ts';
import { isFailure, failureOf, type GitFailure } from './failure.ts';
import { succeeded, type GitCall } from './git.ts';
import type { RepositoryDeps } from './repository.ts';
import { dropSource, sourceOf } from './source.ts';

/**
 * A directory `tmp-*` of the cache, for one build. Only `area` is the build's: the checkout, its home, its /tmp.
 * Beside it lies what the build must not reach.
 */
export interface Workspace {
  readonly directory: string;
  readonly area: string;
  /** Below `area`. */
  readonly checkout: string;
  readonly home: string;
  readonly temporary: string;
}

/**
 * A clone of its own, without alternates, hard links or hooks; HEAD detached at the commit, tree clean; `origin` is the
 * official repository by name only. `claim` makes the directory in the cache, so that it has an owner before anything
 * is in it. What fails leaves nothing.
 */
export async function makeWorkspace(
  commit: CommitId,
  cacheDir: string,
  deps: RepositoryDeps,
  signal: AbortSignal,
  claim: (cacheDir: string) => Promise<string> = (parent) => mkdtemp(join(parent, 'tmp-')),
): Promise<Workspace | GitFailure> {
  const directory = await claim(cacheDir);
  try {
    const workspace = await furnish(directory);
    const failure = await fill(workspace, commit, deps, signal);
    if (failure === null) return workspace;
    await rm(directory, { recursive: true, force: true });
    return failure;
  } catch (thrown) {
    await rm(directory, { recursive: true, force: true });
    throw thrown;
  }
}

async function furnish(directory: string): Promise<Workspace> {
  await chmod(directory, 0o700);
  const area = join(directory, 'area');
  const [checkout, home, temporary] = [join(area, 'source'), join(area, 'home'), join(area, 'tmp')];
  for (const path of [area, home, temporary]) await mkdir(path);
  // Whatever our own mask is (the installed units have 007): every clone of the source looks the same to its build.
  for (const path of [area, home]) await chmod(path, 0o755);
  await chmod(temporary, 0o1777);
  return { directory, area, checkout, home, temporary };
}

async function fill(
  workspace: Workspace,
  commit: CommitId,
  deps: RepositoryDeps,
  signal: AbortSignal,
): Promise<GitFailure | null> {
  for (let again = false; ; again = true) {
    await rm(workspace.checkout, { recursive: true, force: true });
    const repository = await sourceOf(commit, deps, signal);
    if (isFailure(repository)) return repository;
    const failure = await checkOut(workspace, repository, commit, deps, signal);
    if (failure?.failure !== 'local' || again) return failure;
    await dropSource(deps);
  }
}

/** What git's next major version may do otherwise by default, and older tools of a build cannot read. */
const PLAIN = { GIT_DEFAULT_HASH: 'sha1', GIT_DEFAULT_REF_FORMAT: 'files' };

/**
 * `git config --get remote.origin.url` is the first thing that the source's own status script asks for up to 2026;
 * without it bazel gives up. No fetch specification: nothing of a build needs to fetch by that name.
 * @see https://github.com/dfinity/ic/blob/05ebed07d7eac1a33690fa28cc8ca194b3390786/bazel/workspace_status.sh
 */
async function checkOut(
  { area, checkout }: Workspace,
  repository: string,
  commit: CommitId,
  deps: RepositoryDeps,
  signal: AbortSignal,
): Promise<GitFailure | null> {
  const steps: readonly (readonly [readonly string[], GitCall])[] = [
    [['init', '--quiet', '--template=', '--initial-branch=no-branch', checkout], { cwd: area, env: PLAIN }],
    [['config', 'remote.origin.url', deps.url], { cwd: checkout }],
    // By the file protocol every object is copied and hashed again on its way.
    [
      ['-c', 'transfer.fsckObjects=true', 'fetch', '--quiet', '--no-tags', '--depth=1', `file://${repository}`, commit],
      { cwd: checkout, reach: 'cache' },
    ],
    [['checkout', '--quiet', '--detach', commit, '--'], { cwd: checkout }],
  ];
  for (const [args, call] of steps) {
    const result = await deps.git.run(args, { ...call, signal, publicModes: true });
    if (!succeeded(result)) return localFailure(result);
  }
  await rm(join(checkout, '.git', 'FETCH_HEAD'), { force: true });
  const state = await checkoutState({ area, checkout }, repository, commit, deps, signal);
  if (isFailure(state)) return state;
  return state === 'clean' ? null : { failure: 'local', words: 'the fresh checkout does not match the commit' };
}

/** Between two directories of ours nothing is out of reach: whatever fails here is our copy's fault. */
function localFailure(result: ProcessResult): GitFailure {
  const failure = failureOf(result);
  const { failure: kind } = failure;
  return kind === 'cancelled' || kind === 'storage' || kind === 'unfit' ? failure : { ...failure, failure: 'local' };
}

/**
 * Whether HEAD and every tracked file are as the commit has them. The checkout's own .git is a stranger's after a
 * build (its configuration could name programs to run), so the cache's repository and a fresh index do the comparing.
 */
export async function checkoutState(
  { area, checkout }: Pick<Workspace, 'area' | 'checkout'>,
  repository: string,
  commit: CommitId,
  deps: RepositoryDeps,
  signal?: AbortSignal,
): Promise<'clean' | 'dirty' | GitFailure> {
  if ((await headOf(area)) !== commit) return 'dirty';
  const index = `${area}.index`;
  const options = ['--git-dir', repository, '--work-tree', checkout];
  const call: GitCall = { cwd: checkout, env: { GIT_INDEX_FILE: index }, ...(signal ? { signal } : {}) };
  try {
    const read = await deps.git.run([...options, 'read-tree', commit], call);
    if (!succeeded(read)) return localFailure(read);
    // Exit 1 says "something needs an update", which the next step says better.
    await deps.git.run([...options, 'update-index', '-q', '--ignore-submodules', '--refresh'], call);
    // Submodules left out: git would run itself in them, by the configuration that it finds there.
    const compare = ['diff-index', '--quiet', '--no-ext-diff', '--ignore-submodules=all', commit, '--'];
    const differs = await deps.git.run([...options, ...compare], call);
    if (differs.cause === 'exited' && differs.exitCode === 1) return 'dirty';
    return succeeded(differs) ? 'clean' : localFailure(differs);
  } finally {
    await rm(index, { force: true });
  }
}

async function headOf(area: string): Promise<string | null> {
  const head = await openRegularFile(area, 'source/.git/HEAD');
  if (!head.opened) return null;
  try {
    return (await readFile(head.handle, 1024)).toString('latin1').trim();
  } catch (thrown) {
    throwOurs(thrown);
    return null;
  } finally {
    await head.handle.close();
  }
}
