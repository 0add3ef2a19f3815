import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WatchError } from '../../domain/errors.ts';
import type { BlobName, BuildReport } from '../../domain/evidence.ts';
import type { BuildOutcome, BuildRequest, OnProgress } from '../../domain/ports.ts';
import { openRegularFile, readFile as readOpenFile } from '../../platform/files.ts';
import { isFailure } from '../git/failure.ts';
import { sourceOf } from '../git/source.ts';
import { checkoutState, type Workspace } from '../git/workspace.ts';
import { buildEnvironment, isolatedArgv, unconfinedArgv } from './build-env.ts';
import { failedOutcome, type Failure, type FailurePlace, INTERRUPTED } from './build-failure.ts';
import { planBuild } from './build-plan.ts';
import { runBuild, type RunReport } from './build-run.ts';
import { builtImage, keepOutput } from './retained-outputs.ts';
import { type BuilderDeps, leftoverDeps, toolEnvironment } from './builder-deps.ts';
import { removeDeadContainers } from './leftovers.ts';
import { imageOutput, measurementsOutput } from './outputs.ts';

const SCRIPT_LIMIT = 1024 * 1024;
const LOG_LIMIT = 64 * 1024 * 1024;

export interface BuildJob {
  readonly request: BuildRequest;
  readonly workspace: Workspace;
  readonly isolated: boolean;
  readonly signal: AbortSignal;
  readonly progress: OnProgress;
  readonly place: FailurePlace;
  readonly deps: BuilderDeps;
}

/** Runs the build in its fresh workspace and looks at the files that it left. Its exit code alone says nothing good. */
export async function buildInWorkspace(job: BuildJob): Promise<BuildOutcome> {
  const { request, workspace, deps, place } = job;
  const scriptText = await scriptOf(job);
  if (scriptText === null) {
    const detail = 'The build script of the commit is not a regular file.';
    return failedOutcome(request, { kind: 'absent', code: 'build-failed', detail }, place);
  }
  const began = deps.clock.now();
  const report = await run(job, scriptText);
  const log = await keepLog(workspace, deps);
  const failure = failureOf(report, deps);
  const removal = removeDeadContainers(began, leftoverDeps(deps), [workspace.directory]);
  // With the build's namespaces all that ran in them has ended, and what is left of it writes no more.
  if (failure || !job.isolated) await removal;
  if (failure) return failedOutcome(request, failure, place, log);
  const looked = Promise.all([reportOf(job, report), removal]);
  const images = await imagesOf(job, looked);
  const [state, removed] = await looked;
  const value = { ...state, leftBehind: Math.max(report.leftBehind, removed ?? 0) };
  const { source, now } = place;
  const measurements = await measurementsOutput({ area: workspace.area, source, now });
  return { build: { status: 'observed', value, source, observedAt: now(), ...log }, images, measurements };
}

/** Looks at all images at once. None is moved before `looked` is over: they may be tracked files. */
async function imagesOf(job: BuildJob, looked: Promise<unknown>): Promise<BuildOutcome['images']> {
  const { request, workspace, signal, place, deps } = job;
  const looks = request.components.map(async (component) => {
    const target = builtImage(deps.cacheDir, request.commit, request.attempt, component);
    const seen = async (path: string): Promise<void> => {
      await looked;
      await keepOutput(workspace.area, path, target);
    };
    return [component, await imageOutput(component, { ...place, area: workspace.area, signal, seen })] as const;
  });
  // What fails does so once nothing looks any more.
  await Promise.allSettled([looked, ...looks]);
  return new Map(await Promise.all(looks));
}

async function scriptOf({ request, workspace }: BuildJob): Promise<string | null> {
  const { buildScript } = request.tree;
  const file = buildScript === null ? null : await openRegularFile(workspace.area, `source/${buildScript}`);
  if (!file?.opened) return null;
  try {
    return (await readOpenFile(file.handle, SCRIPT_LIMIT)).toString('utf8');
  } finally {
    await file.handle.close();
  }
}

async function run(job: BuildJob, scriptText: string): Promise<RunReport> {
  const { request, workspace, isolated, signal, progress, deps } = job;
  const { buildScript, containerRun } = request.tree;
  const { command } = planBuild({ buildScript: buildScript ?? '', containerRun, scriptText });
  const { area, checkout, temporary, home } = workspace;
  const env = buildEnvironment({
    ours: deps.env,
    allow: deps.allowedEnv,
    secretNames: deps.secretNames,
    home,
    user: deps.user.name,
    containersConf: await copyContainersConf(area, deps),
  });
  const inputs = { user: deps.user, command, env, area, checkout, temporary, hide: deps.hidePaths };
  return runBuild(deps.exec, {
    argv: isolated ? isolatedArgv(inputs) : unconfinedArgv(inputs),
    cwd: checkout,
    env: toolEnvironment(deps),
    isolated,
    buildsInVm: request.tree.buildsInVm === true,
    timeoutMs: deps.timeoutMs,
    killAfterMs: deps.killAfterMs ?? 30_000,
    log: { path: logPath(workspace), limit: deps.logLimit ?? LOG_LIMIT },
    signal,
    onProgress: (seconds, lastLine, log) => progress({ type: 'build', seconds, lastLine, log }),
  });
}

/** A copy in the build's area: the file itself may lie in a place that is hidden. */
async function copyContainersConf(area: string, { env }: BuilderDeps): Promise<string | null> {
  const conf = env['CONTAINERS_CONF'];
  if (!conf) return null;
  const copy = join(area, 'containers.conf');
  await copyFile(conf, copy).catch((cause: unknown) => {
    throw new WatchError('input', 'containers-conf', `CONTAINERS_CONF names ${conf}, which cannot be read.`, { cause });
  });
  return copy;
}

const logPath = ({ directory }: Workspace): string => join(directory, 'build.log');

async function keepLog(workspace: Workspace, { blobs }: BuilderDeps): Promise<{ file?: BlobName }> {
  const log = await readFile(logPath(workspace)).catch(() => null);
  return log ? { file: await blobs.put(log) } : {};
}

/** Why nothing that this run left is looked at; null: it ended by itself, with 0. */
function failureOf(
  { result, started, exitCode, lastLine, vmUnfinished }: RunReport,
  deps: BuilderDeps,
): Failure | null {
  const said = lastLine === '' ? '' : `; its last line: ${lastLine}`;
  if (result.cause === 'cancelled') return INTERRUPTED;
  if (result.cause === 'timed-out' || result.cause === 'stalled') {
    const detail = `The build was stopped after ${deps.timeoutMs / 1000} s (BUILD_TIMEOUT)${said}`;
    return { kind: 'limit', code: 'build-timeout', detail };
  }
  if (!started) {
    const why = result.startError ?? result.stderr.trim().slice(-300);
    return { kind: 'rejected', code: 'host-unfit', detail: `The build could not be started: ${why}` };
  }
  if (exitCode === 0) return null;
  // Only of a source that has such machines, and only where the build failed anyway: it hides no file that it left.
  if (vmUnfinished !== null) {
    const detail = `A virtual machine of the build did not finish (${vmUnfinished}): see the doctor lines virtual-machines and memory`;
    return { kind: 'limit', code: 'host-unfit', detail };
  }
  const how = exitCode === null ? `was ended by ${result.signal ?? 'something else'}` : `ended with exit ${exitCode}`;
  return { kind: 'rejected', code: 'build-failed', detail: `The build ${how}${said}` };
}

async function reportOf(job: BuildJob, { result, exitCode, leftBehind }: RunReport): Promise<BuildReport> {
  const { request, workspace, deps } = job;
  const repository = await sourceOf(request.commit, deps.repository);
  const state = isFailure(repository)
    ? repository
    : await checkoutState(workspace, repository, request.commit, deps.repository);
  return {
    exitCode,
    signal: result.signal,
    seconds: Math.round(result.seconds),
    logBytes: result.stdoutBytes,
    logTruncated: result.truncated,
    leftBehind,
    treeDirty: state === 'dirty',
    // What could not be compared is not called clean, and nobody is blamed for it either.
    ...(isFailure(state) ? { treeNotCompared: state.words } : {}),
    builder: deps.hostname,
  };
}
