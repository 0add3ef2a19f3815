import { mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BACKOFF, pauseMs, type FewTries } from '../../domain/backoff.ts';
import type { CommitId } from '../../domain/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import { wholeTransferMs, type Deadline } from '../../platform/deadline.ts';
import type { ProcessResult } from '../../platform/exec.ts';
import { removeTree } from '../../platform/files.ts';
import { failureOf, type GitFailure } from './failure.ts';
import { fetchFailure, succeeded, type Git, type GitCall } from './git.ts';

export interface RepositoryDeps {
  readonly git: Git;
  readonly clock: Clock;
  /** `<cacheDir>/repo`. */
  readonly directory: string;
  /** The official repository. */
  readonly url: string;
  /** Of one transfer. Default: `BACKOFF.git`. */
  readonly backoff?: FewTries;
  /** All tries together, in milliseconds. */
  readonly wholeMs?: number;
  /** Of several transfers that answer one question. Default: each has one of its own. */
  readonly whole?: Deadline;
}

/** A commit with its tree has some hundred megabytes; all refs with their history, without trees, fewer. */
export const GIT_BYTES = 1024 ** 3;
export const WHOLE_MS = wholeTransferMs(60_000, GIT_BYTES);

/** Every fetch of the official repository, by its options. */
export const FETCH = ['fetch', '--progress', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];

/** One transfer: the arguments of git, and what it reads. */
export interface Transfer {
  readonly args: readonly string[];
  readonly stdin?: string;
  /** Default: those of the repository. */
  readonly tries?: number;
}

/** Fetches into a repository of ours, again where the server was out of reach. null: done. */
export async function fetchWithTries(
  transfer: Transfer,
  path: string,
  deps: RepositoryDeps,
  signal?: AbortSignal,
): Promise<GitFailure | null> {
  const call = { cwd: path, lock: `${path}.lock`, ...(signal ? { signal } : {}) };
  const result = await withTries(transfer, call, deps);
  return succeeded(result) ? null : failureOf(result);
}

/** Asks the official repository, again where it was out of reach. */
export async function withTries(transfer: Transfer, call: GitCall, deps: RepositoryDeps): Promise<ProcessResult> {
  const backoff = deps.backoff ?? BACKOFF.git;
  const { args, stdin, tries = backoff.tries } = transfer;
  const input = stdin === undefined ? {} : { stdin };
  let ownMs = deps.wholeMs ?? WHOLE_MS;
  for (let attempt = 1; ; attempt += 1) {
    const timeoutMs = Math.max(1, Math.min(ownMs, deps.whole?.leftMs ?? Infinity));
    const result = await deps.git.run(args, { ...call, ...input, reach: 'remote', timeoutMs });
    // Waiting for somebody else's transfer is no time of this one.
    ownMs -= result.seconds * 1000;
    const over = succeeded(result) || fetchFailure(result) !== 'unreachable' || call.signal?.aborted;
    if (over || attempt >= tries || result.cause === 'timed-out') return result;
    await deps.clock.sleep(pauseMs(backoff, attempt), call.signal);
  }
}

/** Makes the bare repository where there is none; says whether it was there already. */
export async function prepareBare(
  git: Git,
  path: string,
  directory: string,
  signal?: AbortSignal,
): Promise<'new' | 'known' | GitFailure> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (await stat(join(path, 'HEAD')).catch(() => null)) return 'known';
  // A HEAD that is nobody's branch, so that fetching never touches "the current branch".
  const made = await git.run(['init', '--quiet', '--bare', '--template=', '--initial-branch=no-branch', path], {
    cwd: directory,
    lock: `${path}.lock`,
    ...(signal ? { signal } : {}),
  });
  return succeeded(made) ? 'new' : failureOf(made);
}

/** Out of the way first, in one step, so that nobody meets half a repository. */
export async function setAside(path: string): Promise<void> {
  const aside = `${path}.broken-${process.pid}-${Date.now()}`;
  await rename(path, aside).catch(() => undefined);
  await removeTree(aside);
}

/** The type of an object that is here; `missing` where it is not. Nothing is fetched to find out. */
export async function typeOf(
  git: Git,
  path: string,
  commit: CommitId,
  signal?: AbortSignal,
): Promise<string | GitFailure> {
  const result = await git.run(['cat-file', '--batch-check=%(objecttype)'], {
    cwd: path,
    stdin: `${commit}\n`,
    ...(signal ? { signal } : {}),
  });
  if (!succeeded(result)) return failureOf(result);
  return result.stdout.trim().endsWith('missing') ? 'missing' : result.stdout.trim();
}
