import { mkdir, realpath } from 'node:fs/promises';
import { asWatchError, WatchError } from '../../domain/errors.ts';
import type { Builder, BuildOutcome, BuildRequest, OnProgress } from '../../domain/ports.ts';
import { freeBytes, removeTree } from '../../platform/files.ts';
import { isFailure } from '../git/failure.ts';
import { makeWorkspace, type Workspace } from '../git/workspace.ts';
import { askTool } from './ask-tool.ts';
import { probeArgv } from './build-env.ts';
import { failedOutcome, INTERRUPTED, refusedBy, type Failure } from './build-failure.ts';
import { buildInWorkspace } from './build-in-workspace.ts';
import { leftoverDeps, removeAsRoot, type BuilderDeps } from './builder-deps.ts';
import { removeDeadContainers } from './leftovers.ts';
import { claimWorkspace, keepWorkspace, makeRoom, sweepWorkspaces } from './upkeep.ts';

/** Builds, and looks after what its builds left. */
export interface KeptBuilder extends Builder {
  /** Removes what builders left that died since; the first build does it too. Throws what keeps it from that. */
  readonly sweep: () => Promise<void>;
  /** Gives up kept workspaces where their room is needed. */
  readonly makeRoom: () => Promise<void>;
  /** The workspace of the last build is gone, or kept. Throws what keeps it from that. */
  readonly cleared: () => Promise<void>;
}

/**
 * Runs the commit's own build apart from everything that we hold, and hashes what came out. Its outcome does not wait
 * until all that the build wrote is removed; the next build does.
 */
export function createBuilder(given: BuilderDeps): KeptBuilder {
  let ready: Promise<Prepared> | undefined;
  let clearing = Promise.resolve();
  const swept = (): Promise<Prepared> =>
    (ready ??= prepare(given).catch((thrown: unknown) => {
      ready = undefined;
      throw thrown;
    }));
  return {
    sweep: async () => {
      ready = undefined;
      const { left } = await swept();
      if (left === null) return;
      ready = undefined;
      throw new WatchError('storage', 'workspace-stays', left);
    },
    makeRoom: () => makeRoom(roomOf(given)),
    cleared: () => clearing,
    build: async (request, signal, progress) => {
      const place = { source: sourceText(request, given), now: () => given.clock.now() };
      await clearing.catch(() => undefined);
      const clear: Clear = (workspace, keep, deps) => {
        clearing = dispose(workspace, keep, deps);
        clearing.catch(() => (ready = undefined));
      };
      try {
        const { deps, left } = await swept();
        // The next one tries again.
        if (left !== null) ready = undefined;
        return await buildOnce(request, signal, progress, deps, clear);
      } catch (thrown) {
        ready = undefined;
        return failedOutcome(request, signal.aborted ? INTERRUPTED : refusedBy(asWatchError(thrown)), place);
      }
    },
  };
}

function sourceText({ commit, attempt }: BuildRequest, { hostname }: BuilderDeps): string {
  return `local build of ${commit}, attempt ${attempt}, on ${hostname}`;
}

interface Prepared {
  readonly deps: BuilderDeps;
  /** What is left of builders that died, as a sentence; null: nothing. */
  readonly left: string | null;
}

/** Real paths, since a covered path is compared with others by its name; and nothing left of builders that died. */
async function prepare(given: BuilderDeps): Promise<Prepared> {
  await mkdir(given.cacheDir, { recursive: true, mode: 0o700 });
  const real = (path: string): Promise<string> => realpath(path).catch(() => path);
  const cacheDir = await real(given.cacheDir);
  const hidePaths = await Promise.all([...given.hidePaths, cacheDir].map(real));
  const deps = { ...given, cacheDir, hidePaths };
  const seen = { listed: true };
  const clean = await sweepWorkspaces(cacheDir, deps.clock.now(), removeAsRoot(deps), async ({ paths, since }) => {
    seen.listed = (await removeDeadContainers(since, leftoverDeps(deps), paths)) !== null;
    return seen.listed;
  });
  if (clean) return { deps, left: null };
  const stays = `Some leftovers of crashed builders in ${cacheDir} cannot be removed.`;
  const unlisted = `Podman does not list its containers, so leftovers of crashed builders in ${cacheDir} stay for now.`;
  return { deps, left: seen.listed ? stays : unlisted };
}

type Clear = (workspace: Workspace, keep: boolean, deps: BuilderDeps) => void;

async function buildOnce(
  request: BuildRequest,
  signal: AbortSignal,
  progress: OnProgress,
  deps: BuilderDeps,
  clear: Clear,
): Promise<BuildOutcome> {
  const place = { source: sourceText(request, deps), now: () => deps.clock.now() };
  const isolated = await canIsolate(deps);
  const refusal = signal.aborted ? INTERRUPTED : await refusalOf(isolated, deps);
  if (refusal) return failedOutcome(request, refusal, place);
  const workspace = await makeWorkspace(request.commit, deps.cacheDir, deps.repository, signal, claimWorkspace);
  if (isFailure(workspace)) {
    const { failure, words } = workspace;
    if (failure === 'cancelled') return failedOutcome(request, INTERRUPTED, place);
    const unfit = { kind: 'host', code: 'host-unfit' } as const;
    const cause =
      failure === 'unfit' || failure === 'storage' ? unfit : ({ kind: 'transport', code: 'not-built' } as const);
    return failedOutcome(request, { ...cause, detail: `No source: ${words}` }, place);
  }
  let keep = request.keep;
  try {
    const outcome = await buildInWorkspace({ request, workspace, isolated, signal, progress, place, deps });
    keep ||= deps.keepFailedWithin !== undefined && failedByItself(outcome);
    return outcome;
  } finally {
    clear(workspace, keep, deps);
  }
}

/** What somebody may want to look into: not what was stopped, or never began. */
function failedByItself({ build, images }: BuildOutcome): boolean {
  return [build, ...images.values()].some(
    (look) => look.status === 'unavailable' && (look.code === 'build-failed' || look.code === 'build-timeout'),
  );
}

function roomOf(deps: BuilderDeps): Parameters<typeof makeRoom>[0] {
  const { cacheDir, minDiskBytes, keepFailedWithin: budgetBytes = Infinity } = deps;
  return { cacheDir, minDiskBytes, budgetBytes, asRoot: removeAsRoot(deps) };
}

async function refusalOf(isolated: boolean, deps: BuilderDeps): Promise<Failure | null> {
  const free = await freeBytes(deps.cacheDir);
  if (free < deps.minDiskBytes) {
    const [has, needs] = [free, deps.minDiskBytes].map((bytes) => (bytes / 1e9).toFixed(1));
    const detail = `${deps.cacheDir} has ${has} GB free, but the build needs ${needs} GB (MIN_DISK_GB).`;
    return { kind: 'limit', code: 'host-unfit', detail };
  }
  if (isolated || deps.allowWithoutIsolation) return null;
  const detail =
    'This machine allows no namespaces (no-namespaces), so the build could not be isolated from our secrets.';
  return { kind: 'rejected', code: 'host-unfit', detail };
}

async function canIsolate(deps: BuilderDeps): Promise<boolean> {
  const { worked } = await askTool(probeArgv(deps.user), { exec: deps.exec, env: deps.env, timeoutMs: 30_000 });
  return worked;
}

async function dispose(workspace: Workspace, keep: boolean, deps: BuilderDeps): Promise<void> {
  if (!keep) {
    await removeTree(workspace.directory, removeAsRoot(deps));
    return;
  }
  await keepWorkspace(workspace.directory);
  if (deps.keepFailedWithin !== undefined) await makeRoom(roomOf(deps));
}
