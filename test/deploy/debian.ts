import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../support/program.ts';

const run = promisify(execFile);

/** What a usual server has. */
const PACKAGES = 'ca-certificates,sudo,systemd,procps';
/** Made once a machine: it takes minutes, and nothing of ours is in it. */
export const BASE = join(tmpdir(), 'nns-watch-debian-12.tar');

export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface Said {
  code: number | null;
  output: string;
}

export interface How {
  env?: Record<string, string>;
  limitMs?: number;
}

/** A real root, not chroot's: the container engine changes the root of what it runs in the same way. */
export const AS_ROOT_DIRECTORY = ['cd "$0"', 'pivot_root . .', 'umount -l .', 'cd /'];

/** A fresh Debian 12 root file system, with this checkout (and what bootstrap brought into it) in /srv/nns-watch. */
export class Debian {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  static async fresh(directory: string): Promise<Debian> {
    if (!existsSync(BASE)) await makeBase(directory);
    const path = join(directory, 'debian');
    await mkdir(path);
    await run('tar', ['-xf', BASE, '-C', path]);
    const checkout = join(path, 'srv/nns-watch');
    await mkdir(checkout, { recursive: true });
    const listed = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
    for (const name of listed.stdout.split('\0').filter((each) => each !== '' && existsSync(join(root, each)))) {
      await cp(join(root, name), join(checkout, name), { recursive: true });
    }
    await run('cp', ['-a', join(root, 'node_modules'), checkout], { maxBuffer: 1e8 });
    return new Debian(path);
  }

  /** Files that settings name are copied into that directory of the system; gives the settings as they are there. */
  async bringIn(env: Readonly<Record<string, string>>, directory: string): Promise<Record<string, string>> {
    const there = { ...env };
    await mkdir(join(this.path, directory), { recursive: true });
    for (const name of ['NODE_EXTRA_CA_CERTS', 'SIGSTORE_TRUSTED_ROOT', 'CONTAINERS_CONF']) {
      if (!env[name]) continue;
      await copyFile(env[name], join(this.path, directory, name));
      there[name] = join(directory, name);
    }
    return there;
  }

  /** Runs a shell command as root of that system, in mounts and processes of its own, on this machine's network. */
  sh(command: string, how: How = {}): Promise<Said> {
    const enter = [
      'mount --bind "$0" "$0"',
      'mount -t proc proc "$0/proc"',
      ...['dev', 'sys'].map((name) => `mount --rbind /${name} "$0/${name}"`),
      'mount -t tmpfs tmpfs "$0/run"',
      'cp /etc/resolv.conf "$0/etc/resolv.conf"',
      ...AS_ROOT_DIRECTORY,
      'exec sh -c "$1"',
    ].join(' && ');
    const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'];
    return runAs(['unshare', ...namespaces, 'sh', '-c', enter, this.path, command], how);
  }
}

/** Runs a program as root of a system of its own would have it: with that environment and no other. */
export async function runAs(
  [program, ...argv]: readonly [string, ...string[]],
  { env = {}, limitMs = 600_000 }: How = {},
): Promise<Said> {
  const child = spawn(program, argv, {
    env: { PATH: SYSTEM_PATH, HOME: '/root', LC_ALL: 'C', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const code = await new Promise<number | null>((done) => child.on('close', done));
  clearTimeout(limit);
  return { code, output };
}

async function makeBase(directory: string): Promise<void> {
  const made = join(directory, 'base');
  await run('debootstrap', ['--variant=minbase', `--include=${PACKAGES}`, 'bookworm', made], { maxBuffer: 1e8 });
  // The README asks for npm. Packages that it needs stand in for others, which apt understands and debootstrap does not.
  for (const words of ['update', 'install --yes --no-install-recommends npm', 'clean']) {
    const options = { maxBuffer: 1e8, env: { PATH: SYSTEM_PATH, DEBIAN_FRONTEND: 'noninteractive' } };
    await run('chroot', [made, 'apt-get', '-q', ...words.split(' ')], options);
  }
  await run('tar', ['-cf', `${BASE}.part`, '-C', made, '.'], { maxBuffer: 1e8 });
  await rename(`${BASE}.part`, BASE);
  await rm(made, { recursive: true, force: true });
}
