import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes on disk below a path, the path included. What cannot be read, or goes away meanwhile, counts nothing. */
export async function bytesBelow(path: string): Promise<number> {
  const stats = await lstat(path).catch(() => null);
  if (!stats) return 0;
  const own = stats.blocks * 512;
  if (!stats.isDirectory()) return own;
  const names = await readdir(path).catch(() => []);
  let total = own;
  for (const name of names) total += await bytesBelow(join(path, name));
  return total;
}

export interface FoundFile {
  readonly path: string;
  /** Relative to where it was looked for. */
  readonly name: string;
  readonly bytes: number;
  /** UTC milliseconds. */
  readonly changedAt: number;
}

/** Regular files two levels below a directory. */
export async function filesInFolders(directory: string): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  for (const folder of await readdir(directory).catch(() => [])) {
    for (const file of await readdir(join(directory, folder)).catch(() => [])) {
      const path = join(directory, folder, file);
      const stats = await lstat(path).catch(() => null);
      if (!stats?.isFile()) continue;
      found.push({ path, name: `${folder}/${file}`, bytes: stats.blocks * 512, changedAt: stats.mtimeMs });
    }
  }
  return found;
}
