import { chmod, constants, copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { componentFacts, type Component } from '../../domain/component.ts';
import type { CommitId } from '../../domain/ids.ts';
import { openRegularFile } from '../../platform/files.ts';

const BUILT = 'local-build-';

/**
 * Where the image of a build is kept, beside the downloads of its commit, so that whoever makes room treats both alike
 * and whoever doubts a mismatch finds both sides in one place.
 */
export function builtImage(cacheDir: string, commit: CommitId, attempt: number, component: Component): string {
  return join(cacheDir, commit, `${BUILT}${attempt}`, component, componentFacts(component).imageFile);
}

/** Whether a directory of a commit holds what a build gave. */
export const isBuilt = (name: string): boolean => name.startsWith(BUILT);

/**
 * Takes an output that was looked at out of its workspace. After the build's processes ended, nothing of it moves. Only
 * for people to look at: what cannot be kept is no trouble of the verdict's.
 */
export async function keepOutput(area: string, path: string, target: string): Promise<boolean> {
  try {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await rename(join(area, path), target).catch(() => copy(area, path, target));
    return true;
  } catch {
    await rm(target, { force: true }).catch(() => undefined);
    return false;
  }
}

/** What root's container left in root's directories can be read, but not moved. */
async function copy(area: string, path: string, target: string): Promise<void> {
  const file = await openRegularFile(area, path);
  if (!file.opened) throw new Error(`${path} is ${file.what}`);
  try {
    // By the kernel, from what is open; without any copying where the file system can share the bytes.
    await copyFile(`/proc/self/fd/${file.handle.fd}`, target, constants.COPYFILE_FICLONE);
    await chmod(target, 0o600);
  } finally {
    await file.handle.close();
  }
}

/** Removes what the builds of a commit gave; whether there was anything. */
export async function removeBuilt(cacheDir: string, commit: CommitId): Promise<boolean> {
  const names = (await readdir(join(cacheDir, commit)).catch(() => [])).filter(isBuilt);
  for (const name of names) await rm(join(cacheDir, commit, name), { recursive: true, force: true });
  return names.length > 0;
}
