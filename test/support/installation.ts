import { execFile } from 'node:child_process';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './program.ts';

const LINKED = ['dist', 'migrations', 'node_modules', 'package.json'];

/** The program as it is installed, by hard links, without some of its files or folders. Gives the directory. */
export async function installationWithout(lacks: readonly string[], directory: string): Promise<string> {
  await mkdir(join(directory, 'bin'), { recursive: true });
  // The launcher goes by the place where it really lies.
  await copyFile(join(root, 'bin/nns-watch'), join(directory, 'bin/nns-watch'));
  const linked = LINKED.map((name) => join(root, name));
  await promisify(execFile)('cp', ['--archive', '--link', ...linked, directory]);
  for (const path of lacks) await rm(join(directory, path), { recursive: true });
  return directory;
}
