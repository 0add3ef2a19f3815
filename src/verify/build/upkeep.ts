import { mkdtemp, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { throwOurs } from '../../domain/errors.ts';
import { freeBytes, removeTree } from '../../platform/files.ts';
import { bytesBelow } from '../../platform/footprint.ts';
import { isAlive, ownTag } from '../../platform/process-tag.ts';

const WORKSPACE = 'tmp-';
/** In the name of a workspace, so that there is none without it, also while it is made or removed. */
const OWNED = /^tmp-(\d+-\d+)-/;
const BEGAN = 'began';
const KEPT = 'kept';
/** Workspaces that somebody wanted to look at. */
const KEEP_AT_MOST = 2;
const WITHOUT_OWNER_MS = 24 * 3600_000;

/** Makes an empty workspace that says who uses it, so that a later start knows whether its builder still lives. */
export async function claimWorkspace(cacheDir: string): Promise<string> {
  const directory = await mkdtemp(join(cacheDir, `${WORKSPACE}${ownTag()}-`));
  await writeFile(join(directory, BEGAN), '', { mode: 0o600 });
  return directory;
}

export async function keepWorkspace(directory: string): Promise<void> {
  await writeFile(join(directory, KEPT), '', { mode: 0o600 });
}

/** Workspaces whose builders died, and when the oldest of these began. */
export interface Abandoned {
  readonly paths: readonly string[];
  /** UTC milliseconds. */
  readonly since: number;
}

/**
 * Removes workspaces of builders that died, and of those that were kept all but the newest. `before`: removes whatever
 * else those builders left. A workspace is what tells of it, so it goes last: who dies in between is followed by
 * another who finds it. False: something could not be removed, or `before` could not do its work and all stays.
 */
export async function sweepWorkspaces(
  cacheDir: string,
  now: number,
  asRoot: (path: string) => Promise<unknown>,
  before: (abandoned: Abandoned) => Promise<boolean>,
): Promise<boolean> {
  const paths: string[] = [];
  let since = Infinity;
  for (const name of await namesIn(cacheDir)) {
    const path = join(cacheDir, name);
    if (!(await isAbandoned(path, name, now))) continue;
    paths.push(path);
    since = Math.min(since, (await modified(join(path, BEGAN))) ?? Infinity);
  }
  // A container that nobody could list may still be at work in one of them.
  if (since !== Infinity && !(await before({ paths, since }))) return false;
  let all = true;
  for (const path of paths) all = (await removeTree(path, asRoot)) && all;
  await removeSurplus(await retainedWorkspaces(cacheDir), asRoot);
  return all;
}

async function isAbandoned(path: string, name: string, now: number): Promise<boolean> {
  if (!name.startsWith(WORKSPACE) || (await modified(join(path, KEPT))) !== null) return false;
  const [, owner] = OWNED.exec(name) ?? [];
  return owner === undefined ? now - ((await modified(path)) ?? now) > WITHOUT_OWNER_MS : !isAlive(owner);
}

async function removeSurplus(
  kept: readonly RetainedWorkspace[],
  asRoot: (path: string) => Promise<unknown>,
): Promise<void> {
  const surplus = [...kept].sort((a, b) => b.at - a.at).slice(KEEP_AT_MOST);
  for (const { path } of surplus) await removeTree(path, asRoot);
}

interface RetainedWorkspace {
  readonly path: string;
  readonly at: number;
}

async function retainedWorkspaces(cacheDir: string): Promise<RetainedWorkspace[]> {
  const names = (await namesIn(cacheDir)).filter((name) => name.startsWith(WORKSPACE));
  const looks = names.map(async (name) => {
    const path = join(cacheDir, name);
    const at = await modified(join(path, KEPT));
    return at === null ? [] : [{ path, at }];
  });
  return (await Promise.all(looks)).flat().sort((a, b) => a.at - b.at);
}

export interface Room {
  readonly cacheDir: string;
  readonly minDiskBytes: number;
  /** What all of the cache may take. */
  readonly budgetBytes: number;
  readonly asRoot: (path: string) => Promise<unknown>;
}

/**
 * Removes kept workspaces, the oldest first, until the next build has its room with some to spare and the cache stays
 * within its budget: nothing that is only there to be looked at may keep a build from being done.
 */
export async function makeRoom({ cacheDir, minDiskBytes, budgetBytes, asRoot }: Room): Promise<void> {
  const kept = await retainedWorkspaces(cacheDir);
  await removeSurplus(kept, asRoot);
  for (const { path } of kept.slice(-KEEP_AT_MOST)) {
    const tight = (await freeBytes(cacheDir)) < 1.2 * minDiskBytes || (await bytesBelow(cacheDir)) > 0.9 * budgetBytes;
    if (!tight) return;
    await removeTree(path, asRoot);
  }
}

/** None where there is no such directory yet. */
async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch((thrown: unknown) => {
    throwOurs(thrown);
    return [];
  });
}

async function modified(path: string): Promise<number | null> {
  return stat(path).then(
    (stats) => stats.mtimeMs,
    (thrown: unknown) => {
      throwOurs(thrown);
      return null;
    },
  );
}
