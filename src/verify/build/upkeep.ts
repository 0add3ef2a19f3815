import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freeBytes, removeTree } from '../../platform/files.ts';
import { bytesBelow } from '../../platform/footprint.ts';

const OWNER = 'owner';
const KEPT = 'kept';
/** Workspaces that somebody wanted to look at. */
const KEEP_AT_MOST = 2;
const WITHOUT_OWNER_MS = 24 * 3600_000;

/** Writes down who uses a workspace, so that a later start knows whether its builder still lives. */
export async function claimWorkspace(directory: string): Promise<void> {
  await writeFile(join(directory, OWNER), `${process.pid} ${await startTime(process.pid)}\n`, { mode: 0o600 });
}

export async function keepWorkspace(directory: string): Promise<void> {
  await writeFile(join(directory, KEPT), '', { mode: 0o600 });
}

/** Workspaces whose builders died, and when the oldest of these began. */
export interface Abandoned {
  readonly paths: readonly string[];
  readonly since: number;
}

/**
 * Removes workspaces of builders that died, and of those that were kept all but the newest. `before`: removes whatever
 * else those builders left. A workspace is what tells of it, so it goes last: who dies in between is followed by
 * another who finds it.
 */
export async function sweepWorkspaces(
  cacheDir: string,
  now: number,
  asRoot: (path: string) => Promise<unknown>,
  before: (abandoned: Abandoned) => Promise<unknown>,
): Promise<void> {
  const paths: string[] = [];
  let since = Infinity;
  for (const name of await readdir(cacheDir).catch(() => [])) {
    const path = join(cacheDir, name);
    if (!name.startsWith('tmp-') || (await modified(join(path, KEPT))) !== null) continue;
    const claimed = await modified(join(path, OWNER));
    const abandoned =
      claimed === null ? now - ((await modified(path)) ?? now) > WITHOUT_OWNER_MS : !(await lives(path));
    if (!abandoned) continue;
    paths.push(path);
    since = Math.min(since, claimed ?? Infinity);
  }
  if (since !== Infinity) await before({ paths, since });
  for (const path of paths) await removeTree(path, asRoot);
  await removeSurplus(await keptWorkspaces(cacheDir), asRoot);
}

async function removeSurplus(kept: readonly Kept[], asRoot: (path: string) => Promise<unknown>): Promise<void> {
  const surplus = [...kept].sort((a, b) => b.at - a.at).slice(KEEP_AT_MOST);
  for (const { path } of surplus) await removeTree(path, asRoot);
}

interface Kept {
  readonly path: string;
  readonly at: number;
}

async function keptWorkspaces(cacheDir: string): Promise<Kept[]> {
  const names = (await readdir(cacheDir).catch(() => [])).filter((name) => name.startsWith('tmp-'));
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
  const kept = await keptWorkspaces(cacheDir);
  await removeSurplus(kept, asRoot);
  for (const { path } of kept.slice(-KEEP_AT_MOST)) {
    const tight = (await freeBytes(cacheDir)) < 1.2 * minDiskBytes || (await bytesBelow(cacheDir)) > 0.9 * budgetBytes;
    if (!tight) return;
    await removeTree(path, asRoot);
  }
}

async function lives(directory: string): Promise<boolean> {
  const [pid, start] = (await readFile(join(directory, OWNER), 'utf8').catch(() => '')).trim().split(' ');
  return start !== undefined && (await startTime(Number(pid))) === start;
}

/** Ticks since boot at which a process began: with its number, unique. */
async function startTime(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // The second field is the program's name in parentheses, and may hold anything.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

async function modified(path: string): Promise<number | null> {
  return stat(path).then(
    (stats) => stats.mtimeMs,
    () => null,
  );
}
