import { execFile } from 'node:child_process';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../support/program.ts';

const run = promisify(execFile);

/** What `npm pack` makes of this checkout and its built `dist`, in `directory`; gives the path of the archive. */
export async function pack(directory: string): Promise<string> {
  const copy = join(directory, 'checkout');
  await mkdir(copy, { recursive: true });
  const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  const names = stdout.split('\0').filter((name) => name !== '' && !/^(test|simnet|src|docs\/pictures)\//.test(name));
  // Not in place: packing would build into the `dist` that others run just now.
  for (const name of [...names, 'dist']) await cp(join(root, name), join(copy, name), { recursive: true });
  const { stdout: said } = await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory], {
    cwd: copy,
    env: { PATH: process.env['PATH'] ?? '', HOME: directory, npm_config_engine_strict: 'false' },
  });
  return join(directory, said.trim());
}

/** Unpacks the archive beside this checkout's dependencies; gives the package's directory. */
export async function unpack(archive: string, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  await run('tar', ['-xf', archive, '-C', directory]);
  const unpacked = join(directory, 'package');
  await symlink(join(root, 'node_modules'), join(unpacked, 'node_modules'));
  return unpacked;
}
