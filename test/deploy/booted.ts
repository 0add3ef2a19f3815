import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { AS_ROOT_DIRECTORY, runAs, SYSTEM_PATH, type Debian, type How, type Said } from './debian.ts';

const run = promisify(execFile);

/** Into a group of its own, so that the system sees and manages nothing of this machine's. Arguments: root, group. */
const ENTER = [
  'mount -t cgroup2 cgroup2 "$0/mnt"',
  'mkdir -p "$0/mnt/$1"',
  'echo 0 >"$0/mnt/$1/cgroup.procs"',
  'umount "$0/mnt"',
  'exec unshare --cgroup sh -c "$2" "$0"',
].join(' && ');

const DEVICES = 'null zero full random urandom tty fuse net';

/** What a container manager prepares for systemd. @see https://systemd.io/CONTAINER_INTERFACE/ */
const PREPARE = [
  'mount --bind "$0" "$0"',
  'mount -t proc proc "$0/proc"',
  'mount -t sysfs -o ro sysfs "$0/sys"',
  'mount -t cgroup2 cgroup2 "$0/sys/fs/cgroup"',
  'mount -t tmpfs -o mode=0755 tmpfs "$0/run"',
  'mount -t tmpfs -o mode=0755 tmpfs "$0/dev"',
  `for name in ${DEVICES}; do if [ -e "/dev/$name" ]; then cp -a "/dev/$name" "$0/dev/"; fi; done`,
  'ln -s /proc/self/fd "$0/dev/fd"',
  'mkdir "$0/dev/pts" "$0/dev/shm"',
  'mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$0/dev/pts"',
  'ln -s pts/ptmx "$0/dev/ptmx"',
  'mount -t tmpfs -o mode=1777 tmpfs "$0/dev/shm"',
  'cp /etc/resolv.conf "$0/etc/resolv.conf"',
  ...AS_ROOT_DIRECTORY,
  // As the kernel's first systemd has it: credentials reach a service this way.
  'mount --make-rshared /',
  `exec env -i container=nns-watch PATH=${SYSTEM_PATH} /lib/systemd/systemd`,
].join(' && ');

const HOSTNAME = 'booted';

/** That system, started: systemd is its process 1 and runs its units, on this machine's network. */
export class Booted {
  readonly debian: Debian;
  #starter: ChildProcess | null = null;
  #init = 0;

  constructor(debian: Debian) {
    this.debian = debian;
  }

  get #group(): string {
    return `nns-watch-${process.pid}-${basename(this.debian.path)}`;
  }

  /** What every server with systemd has beside it, and a name that it knows. */
  async prepare(): Promise<void> {
    const packages = 'apt-get -qq update && apt-get -qq install --yes --no-install-recommends dbus';
    const name = `echo ${HOSTNAME} >/etc/hostname && echo "127.0.1.1 ${HOSTNAME}" >>/etc/hosts`;
    const { code, output } = await this.debian.sh(`${packages} && ${name}`, {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
    expect(code, output).toBe(0);
  }

  async boot(): Promise<void> {
    const namespaces = ['--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child', '--propagation', 'private'];
    const argv = [...namespaces, 'sh', '-c', ENTER, this.debian.path, this.#group, PREPARE];
    const starter = spawn('unshare', argv, { stdio: 'ignore' });
    this.#starter = starter;
    await until('systemd', 60_000, async () => {
      if (starter.exitCode !== null) throw new Error(`ended with ${starter.exitCode}`);
      const pid = starter.pid ?? 0;
      const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
      this.#init = Number(children.trim().split(' ')[0] ?? 0);
      if (this.#init === 0) return false;
      return (await readFile(`/proc/${this.#init}/comm`, 'utf8').catch(() => '')) === 'systemd\n';
    });
    await this.until('systemctl is-system-running', /^(running|degraded)$/m);
  }

  /** Runs a shell command as root of that system, beside its units. */
  sh(command: string, how: How = {}): Promise<Said> {
    const namespaces = ['--mount', '--uts', '--ipc', '--pid', '--cgroup', '--root', '--wd'];
    return runAs(['nsenter', '--target', String(this.#init), ...namespaces, 'sh', '-c', command], how);
  }

  /** What a command says that must work. */
  async works(command: string, how: How = {}): Promise<string> {
    const { code, output } = await this.sh(command, how);
    expect(code, `${command}\n${output.slice(-6000)}`).toBe(0);
    return output;
  }

  /** Waits until the command says so; gives what it said. */
  async until(command: string, pattern: RegExp, limitMs = 60_000): Promise<string> {
    let said = '';
    await until(
      `${command} to say ${String(pattern)}`,
      limitMs,
      async () => pattern.test((said = (await this.sh(command)).output)),
      () => said.slice(-3000),
    );
    return said;
  }

  /** One property of a unit, as `systemctl show` has it. */
  async show(unit: string, property: string): Promise<string> {
    return (await this.works(`systemctl show --property ${property} --value ${unit}`)).trim();
  }

  /** All at once, as when the power fails. */
  async cut(): Promise<void> {
    const starter = this.#starter;
    if (starter === null) return;
    this.#starter = null;
    const gone = new Promise((done) => starter.once('close', done));
    if (this.#init > 0) process.kill(this.#init, 'SIGKILL');
    else starter.kill('SIGKILL');
    await gone;
    const there = `${this.debian.path}/mnt`;
    const remove = `mount -t cgroup2 cgroup2 "$0" && find "$0/$1" -depth -type d -exec rmdir {} +`;
    await run('unshare', ['--mount', 'sh', '-c', remove, there, this.#group]);
  }
}

/** Waits until something is so; the error says what was waited for. */
export async function until(
  what: string,
  limitMs: number,
  isSo: () => boolean | Promise<boolean>,
  saw: () => string = () => '',
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited ${limitMs / 1000} s for ${what}\n${saw()}`);
    await new Promise((later) => setTimeout(later, 200));
  }
}
