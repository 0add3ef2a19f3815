import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mirrorUrl, type Mirror } from '../../domain/artifact.ts';
import { COMPONENTS, type Component } from '../../domain/component.ts';
import { throwOurs, WatchError } from '../../domain/errors.ts';
import { parseCommitId, type CommitId } from '../../domain/ids.ts';
import { allowedUrl } from '../../platform/address.ts';
import { sha256 } from '../../platform/hash.ts';
import { isAlive, ownTag } from '../../platform/process-tag.ts';

/** Directories of this many commits stay, as those of `repro-check` do. */
const KEEP = 2;
const MARKER = '.in-use.';
const OUTGOING = 'old-';

/** Downloads of the last releases, below `<cacheDir>/<commit>/<host>/`. */
export interface DownloadCache {
  /** Does something in the directory of a commit, which nobody removes meanwhile. */
  use: <T>(commit: CommitId, work: (directory: string) => Promise<T>) => Promise<T>;
}

/** `keep`: directories of how many commits stay; whoever makes room in another way keeps them all. */
export function createDownloadCache(cacheDir: string, keep = KEEP): DownloadCache {
  return {
    use: async (commit, work) => {
      const directory = join(cacheDir, commit);
      const marker = join(directory, `${MARKER}${ownTag()}.${randomBytes(6).toString('hex')}`);
      await enter(cacheDir, commit, marker, keep).catch((thrown: unknown) => {
        throwOurs(thrown);
        throw new WatchError('host', 'cache-not-writable', `${directory} cannot be used`, { cause: thrown });
      });
      try {
        return await work(directory);
      } finally {
        await rm(marker, { force: true });
      }
    },
  };
}

async function enter(cacheDir: string, commit: CommitId, marker: string, keep: number): Promise<void> {
  const directory = join(cacheDir, commit);
  await mkdir(directory, { recursive: true });
  await writeFile(marker, '');
  const now = new Date();
  await utimes(directory, now, now);
  await prune(cacheDir, commit, keep);
}

export interface PublishedImage {
  readonly mirror: Mirror;
  readonly component: Component;
}

/** Which of a release's images a URL is, where it is one that the mirrors publish under this very URL. */
export function publishedImage(url: string, commit: CommitId): PublishedImage | null {
  for (const { component } of COMPONENTS) {
    for (const mirror of ['systems', 'network'] as const) {
      if (mirrorUrl(mirror, commit, component, 'image') === url) return { mirror, component };
    }
  }
  return null;
}

/** Place of a URL's file below the commit's directory: two URLs are two places. */
export function cachedPath(url: string, commit: CommitId): string {
  const { hostname, pathname } = allowedUrl(url);
  // The path of a published image is one that we made ourselves; a stranger's may hold anything.
  const file = publishedImage(url, commit) ? pathname.slice(`/ic/${commit}/`.length) : sha256(url);
  return join(hostname, file);
}

/** Removes what is older than the newest commits, and in nobody's use. */
async function prune(cacheDir: string, current: CommitId, keep: number): Promise<void> {
  const names = await readdir(cacheDir);
  for (const leftover of names.filter((name) => name.startsWith(OUTGOING))) await discard(join(cacheDir, leftover));
  const commits = names.filter((name) => name !== current && parseCommitId(name) !== null);
  const dated = await Promise.all(commits.map(async (name) => ({ name, at: await changedAt(join(cacheDir, name)) })));
  for (const { name } of dated.sort((a, b) => b.at - a.at).slice(keep - 1)) await remove(cacheDir, name);
}

/** Removes the downloads of a commit, if nobody uses them; whether they are gone. */
export async function removeDownloads(cacheDir: string, commit: CommitId): Promise<boolean> {
  await remove(cacheDir, commit);
  return (await changedAt(join(cacheDir, commit))) === 0;
}

/** Renamed first: whoever enters meanwhile makes a new directory, and is found if he was in the old one. */
async function remove(cacheDir: string, name: string): Promise<void> {
  const from = join(cacheDir, name);
  const to = join(cacheDir, `${OUTGOING}${randomBytes(6).toString('hex')}`);
  if (await inUse(from)) return;
  try {
    await rename(from, to);
  } catch {
    return; // Another process was quicker.
  }
  if (await inUse(to)) await rename(to, from).catch(() => undefined);
  await discard(to);
}

/** What cannot be removed now is removed by the next run. */
async function discard(path: string): Promise<void> {
  if (!(await inUse(path))) await rm(path, { recursive: true, force: true }).catch(() => undefined);
}

async function inUse(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch(emptyUnlessOurs);
  return names.some((name) => name.startsWith(MARKER) && isAlive(name.slice(MARKER.length).split('.')[0] ?? ''));
}

/** It is not there. Who cannot look takes nothing away. */
function emptyUnlessOurs(thrown: unknown): string[] {
  throwOurs(thrown);
  return [];
}

async function changedAt(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.mtimeMs ?? 0;
}
