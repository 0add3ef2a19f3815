import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { run } from './run.ts';

const NAME = 'localhost/ic-build:fixture';
const SOURCE = join(import.meta.dirname, '../fixtures/ic-repo/container-image');
const PACKAGES = 'podman runc crun busybox-static sudo iptables uidmap netavark catatonit';
/** Mode bits are part of the image's digest through this list. */
const FILES = [
  { from: 'bash', to: 'usr/bin/bash', mode: 0o755 },
  { from: 'bazel', to: 'usr/local/bin/bazel', mode: 0o755 },
  { from: 'passwd', to: 'etc/passwd', mode: 0o644 },
  { from: 'group', to: 'etc/group', mode: 0o644 },
];

/** Makes the image in which the fixture builds, unless the machine has it: busybox and a few words around it. */
export async function ensureContainerImage(): Promise<void> {
  const busybox = requireProgram('busybox');
  for (const program of ['sudo', 'podman', 'git', 'tar']) requireProgram(program);
  const digest = await contentDigest(busybox);
  const label = await podman(['image', 'inspect', '--format', '{{index .Labels "simnet.digest"}}', NAME]).catch(
    () => '',
  );
  if (label.trim() === digest) return;
  const root = await mkdtemp('/var/tmp/simnet-image-');
  try {
    await fillRoot(root, busybox);
    const archive = join(root, 'image.tar');
    await run('tar', [
      '--sort=name',
      '--owner=0',
      '--group=0',
      '--mtime=@0',
      '-cf',
      archive,
      '-C',
      join(root, 'fs'),
      '.',
    ]);
    const changes = ['ENV DFINITY_CONTAINER=true', `LABEL simnet.digest=${digest}`].flatMap((one) => ['--change', one]);
    await podman(['import', '--quiet', ...changes, archive, NAME]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function fillRoot(root: string, busybox: string): Promise<void> {
  const inside = (path: string): string => join(root, 'fs', path);
  const directories = ['bin', 'usr/bin', 'usr/local/bin', 'etc', 'tmp', 'home/ubuntu', 'home/buildifier', 'root', 'ic'];
  for (const directory of directories) await mkdir(inside(directory), { recursive: true });
  await copyFile(busybox, inside('bin/busybox'));
  await chmod(inside('bin/busybox'), 0o755);
  for (const applet of (await run(busybox, ['--list'])).trim().split('\n')) {
    if (applet !== 'busybox') await symlink('busybox', inside(`bin/${applet}`));
  }
  await symlink('../../bin/busybox', inside('usr/bin/env'));
  await writeFile(inside('home/ubuntu/.DFINITY-TAG'), 'fixture\n');
  await chmod(inside('tmp'), 0o1777);
  for (const { from, to, mode } of FILES) {
    await copyFile(join(SOURCE, from), inside(to));
    await chmod(inside(to), mode);
  }
}

async function contentDigest(busybox: string): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(FILES));
  for (const path of [busybox, import.meta.filename, ...FILES.map(({ from }) => join(SOURCE, from))]) {
    hash.update(await readFile(path));
  }
  return hash.digest('hex');
}

function requireProgram(name: string): string {
  // Ordinary users often have no /usr/sbin in their path.
  const path = (process.env['PATH'] ?? '')
    .split(delimiter)
    .concat('/usr/sbin', '/sbin')
    .map((directory) => join(directory, name))
    .find((candidate) => existsSync(candidate));
  if (path === undefined)
    throw new Error(`${name} is not installed; the fixture's build needs: apt-get install ${PACKAGES}`);
  return path;
}

/** As the fixture's container-run.sh does: rootful. */
export function podman(args: string[]): Promise<string> {
  return run('sudo', ['-n', 'podman', ...args]);
}
