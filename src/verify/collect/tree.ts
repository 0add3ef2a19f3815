import { type TreeFacts, unavailable } from '../../domain/evidence.ts';
import { type CommitId, parseCommitId } from '../../domain/ids.ts';
import type { Collector } from '../../domain/ports.ts';
import type { ProcessResult } from '../../platform/exec.ts';
import { type GitFailure, isFailure, failureObserved, failureOf } from '../git/failure.ts';
import { succeeded } from '../git/git.ts';
import type { RepositoryDeps } from '../git/repository.ts';
import { dropSource, sourceOf } from '../git/source.ts';
import { whereCommitStands } from '../git/refs.ts';

/** The layout since 2024-09 (dfinity/ic e16520facc); the older `gitlab-ci/` one is none that we can build. */
export const BUILD_SCRIPT = 'ci/container/build-ic.sh';
export const CONTAINER_RUN = 'ci/container/container-run.sh';
const RECOVERY = 'ic-os/guestos/envs/recovery';
/** Where the rules of the images stand, and what they name where a root file system is built in a virtual machine. */
const IMAGE_RULES = 'toolchains/sysimage';
const VM_WORDS = ['build_container_filesystem_vm', '/dev/kvm', 'qemu-system-x86_64'];

/** Reads off the commit's own tree how it is built. The subject of the key is the commit. */
export function createTreeCollector(deps: RepositoryDeps): Collector<'tree'> {
  return {
    kind: 'tree',
    collect: async ({ subject }, { signal }) => {
      const source = `tree of ${subject} in ${deps.url}`;
      const commit = parseCommitId(subject);
      if (!commit) return unavailable('malformed', 'not-a-commit', 'Not a commit id.', source, deps.clock.now());
      const facts = await factsOf(commit, deps, signal);
      const now = deps.clock.now();
      if (isFailure(facts)) return failureObserved(facts, source, now);
      return { status: 'observed', value: facts, source, observedAt: now };
    },
  };
}

async function factsOf(commit: CommitId, deps: RepositoryDeps, signal: AbortSignal): Promise<TreeFacts | GitFailure> {
  for (let again = false; ; again = true) {
    const repository = await sourceOf(commit, deps, signal);
    if (isFailure(repository)) return repository;
    const facts = await readFacts(commit, repository, deps, signal);
    if (!isFailure(facts) || facts.failure !== 'local' || again) return facts;
    await dropSource(deps);
  }
}

async function readFacts(
  commit: CommitId,
  cwd: string,
  { git }: RepositoryDeps,
  signal: AbortSignal,
): Promise<TreeFacts | GitFailure> {
  const ask = (...args: string[]): Promise<ProcessResult> => git.run(args, { cwd, signal });
  const mentions = async (words: string[], where: string[]): Promise<boolean | GitFailure> => {
    const patterns = words.flatMap((word) => ['-e', word]);
    const found = await ask('grep', '--quiet', '--fixed-strings', ...patterns, commit, '--', ...where);
    // 1 is grep's honest "nowhere".
    return found.cause === 'exited' && found.exitCode === 1 ? false : succeeded(found) || failureOf(found);
  };
  const [list, time, measurements, recovery, vm] = await Promise.all([
    ask('ls-tree', '--full-tree', commit, '--', BUILD_SCRIPT, CONTAINER_RUN, RECOVERY),
    ask('log', '-1', '--no-show-signature', '--format=%ct', '--end-of-options', commit, '--'),
    mentions(['launch-measurements', 'launch_measurements'], [BUILD_SCRIPT, 'ic-os']),
    mentions(['update-img-recovery', 'envs/recovery'], [BUILD_SCRIPT]),
    mentions(VM_WORDS, [IMAGE_RULES]),
  ]);
  if (!succeeded(list)) return failureOf(list);
  if (typeof measurements !== 'boolean') return measurements;
  if (typeof recovery !== 'boolean') return recovery;
  if (typeof vm !== 'boolean') return vm;
  const committedAt = Number(time.stdout.trim());
  if (!succeeded(time) || !Number.isSafeInteger(committedAt)) return failureOf(time);
  const has = (path: string, mode: RegExp): boolean =>
    list.stdout.split('\n').some((line) => line.endsWith(`\t${path}`) && mode.test(line));
  const isFile = (path: string): string | null => (has(path, /^100(?:644|755) /) ? path : null);
  return {
    buildScript: isFile(BUILD_SCRIPT),
    containerRun: isFile(CONTAINER_RUN),
    hasRecovery: recovery || has(RECOVERY, /^040000 /),
    hasMeasurements: measurements,
    buildsInVm: vm,
    committedAt,
  };
}

/** Looks where a commit stands in the official repository now. The subject of the key is the commit. */
export function createCommitRefsCollector(deps: RepositoryDeps): Collector<'commit-refs'> {
  return {
    kind: 'commit-refs',
    collect: async ({ subject }, { signal }) => {
      const source = `branches and tags of ${deps.url}`;
      const commit = parseCommitId(subject);
      if (!commit) return unavailable('malformed', 'not-a-commit', 'Not a commit id.', source, deps.clock.now());
      const answer = await whereCommitStands(commit, deps, signal);
      const now = deps.clock.now();
      if (isFailure(answer)) return failureObserved(answer, source, now);
      return { status: 'observed', value: answer, source, observedAt: now };
    },
  };
}
