import { dirname } from 'node:path';
import type { HostFacts } from '../../domain/evidence.ts';
import type { Collector } from '../../domain/ports.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Exec } from '../../platform/exec.ts';
import { probeArgv, type BuildUser } from '../build/build-argv.ts';
import { emulatedSentence, kvmAccess } from '../build/kvm.ts';

/** What the operating system says of this machine. */
export interface Machine {
  /** As `uname -m` has it. */
  readonly arch: string;
  readonly totalMemoryBytes: number;
  /** What the control groups of this process allow of it; null: all. */
  readonly memoryLimitBytes: number | null;
  /** Text of /etc/os-release; empty where there is none. */
  readonly osRelease: string;
  readonly user: BuildUser;
  /** Bytes that may still be written below a directory that exists. */
  readonly freeBytes: (path: string) => Promise<number>;
  /** The device by which virtual machines run at full speed. */
  readonly kvmDevice: string;
}

/** Memory that can be had, in words too: a limit counts, whatever the machine has. */
export function usableMemory({
  totalMemoryBytes,
  memoryLimitBytes,
}: Pick<Machine, 'totalMemoryBytes' | 'memoryLimitBytes'>): {
  readonly bytes: number;
  readonly seen: string;
} {
  const limited = memoryLimitBytes !== null && memoryLimitBytes < totalMemoryBytes;
  const bytes = limited ? memoryLimitBytes : totalMemoryBytes;
  return { bytes, seen: `${gigabytes(bytes)} memory${limited ? ' (the limit of its control group)' : ''}` };
}

export interface HostDeps {
  readonly exec: Exec;
  readonly clock: Pick<Clock, 'now'>;
  readonly machine: Machine;
  /** Our own environment, of which the probes get PATH. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly minDiskBytes: number;
  readonly minRamBytes: number;
  readonly cacheDir: string;
  /** The operator's word that a build may see what we see, where the machine allows no namespaces. */
  readonly allowWithoutIsolation?: boolean;
}

interface Finding {
  readonly code: string;
  readonly sentence: string;
}

/** What one look found: a word for the description, and what stands in the way of a build or may do so. */
interface Look {
  readonly seen?: string;
  readonly problem?: Finding;
  readonly warning?: Finding;
}

/** Looks whether this machine can build at all, before anything expensive is begun. */
export function createHostCollector(deps: HostDeps): Collector<'host'> {
  return {
    kind: 'host',
    collect: async (_key, { signal }) => {
      const looks = [
        architecture(deps.machine),
        operatingSystem(deps.machine),
        memory(deps),
        ...(await Promise.all([
          disk(deps),
          tool('git', deps, signal),
          tool('podman', deps, signal),
          privileges(deps, signal),
          virtualMachines(deps, signal),
        ])),
      ];
      return { status: 'observed', value: factsOf(looks), source: 'this machine', observedAt: deps.clock.now() };
    },
  };
}

function factsOf(looks: readonly Look[]): HostFacts {
  return {
    problems: looks.flatMap(({ problem }) => problem ?? []),
    warnings: looks.flatMap(({ warning }) => warning ?? []),
    description: looks.flatMap(({ seen }) => seen ?? []).join(', '),
  };
}

function architecture({ arch }: Machine): Look {
  if (arch === 'x86_64') return { seen: arch };
  const sentence = `Please run this on x86_64 architecture: the images are built for it, and this machine is ${arch}.`;
  return { seen: arch, problem: { code: 'not-x86-64', sentence } };
}

/** Upstream builds on Ubuntu and tells others to; other systems have been seen to work. */
function operatingSystem({ osRelease }: Machine): Look {
  const field = (name: string): string => new RegExp(`^${name}=(["']?)(.*)\\1$`, 'm').exec(osRelease)?.[2] ?? '';
  const seen = field('PRETTY_NAME') || field('ID') || 'unknown system';
  if (field('ID') === 'ubuntu' && Number(field('VERSION_ID')) >= 22.04) return { seen };
  const sentence = `The build is made for Ubuntu 22.04 or newer; it may fail on this system (${seen}).`;
  return { seen, warning: { code: 'not-ubuntu', sentence } };
}

function memory({ machine, minRamBytes }: HostDeps): Look {
  const { bytes, seen } = usableMemory(machine);
  if (bytes >= minRamBytes) return { seen };
  const sentence = `The build needs ${gigabytes(minRamBytes)} of memory (MIN_RAM_GB); this machine has ${seen}.`;
  return { seen, problem: { code: 'too-little-memory', sentence } };
}

async function disk({ machine, minDiskBytes, cacheDir }: HostDeps): Promise<Look> {
  const free = await freeBelow(cacheDir, machine.freeBytes);
  if (free === null) {
    const sentence = `The free space of ${cacheDir} cannot be found out, and the build needs a lot of it.`;
    return { problem: { code: 'disk-unknown', sentence } };
  }
  const seen = `${gigabytes(free)} free`;
  if (free >= minDiskBytes) return { seen };
  const sentence = `The build needs ${gigabytes(minDiskBytes)} of free disk (MIN_DISK_GB); ${cacheDir} has ${seen}.`;
  return { seen, problem: { code: 'too-little-disk', sentence } };
}

/** The directory itself may not have been made yet. */
async function freeBelow(path: string, freeBytes: Machine['freeBytes']): Promise<number | null> {
  try {
    return await freeBytes(path);
  } catch (error) {
    const parent = dirname(path);
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return missing && parent !== path ? freeBelow(parent, freeBytes) : null;
  }
}

async function tool(name: 'git' | 'podman', deps: HostDeps, signal: AbortSignal): Promise<Look> {
  const answer = await ask([name, '--version'], deps, signal);
  if (answer !== null) return { seen: `${name} ${/\d+(?:\.\d+)+/.exec(answer)?.[0] ?? 'of an unknown version'}` };
  const sentence = `${name} is missing or does not work: sudo apt-get install ${name}.`;
  return { problem: { code: `no-${name}`, sentence } };
}

/**
 * container-run.sh calls podman through sudo, also as root; and the build is kept apart in namespaces of its own.
 * @see https://github.com/dfinity/ic/blob/master/ci/container/container-run.sh
 */
async function privileges(deps: HostDeps, signal: AbortSignal): Promise<Look> {
  if ((await ask(['sudo', '-n', 'true'], deps, signal)) === null) {
    const sentence = 'sudo is missing or asks for a password: the build runs podman through it, with nobody there.';
    return { problem: { code: 'no-sudo', sentence } };
  }
  if ((await ask(probeArgv(deps.machine.user), deps, signal)) !== null) return {};
  const found = { code: 'no-namespaces', sentence: 'This machine allows no namespaces to keep the build apart in.' };
  return deps.allowWithoutIsolation ? { warning: found } : { problem: found };
}

/** Only newer commits need it, and without it they build too, emulated: no reason not to try. */
async function virtualMachines({ exec, env, machine }: HostDeps, signal: AbortSignal): Promise<Look> {
  const { user, kvmDevice: device } = machine;
  const access = await kvmAccess({ exec, user, device, env: probeEnvironment(env), signal });
  if (access === null || access === 'usable') return {};
  return {
    warning: { code: access === 'missing' ? 'no-kvm' : 'kvm-refused', sentence: emulatedSentence(access, device) },
  };
}

/** Standard output of a command that ended well; null otherwise. */
async function ask(
  argv: readonly [string, ...string[]],
  { exec, env }: HostDeps,
  signal: AbortSignal,
): Promise<string | null> {
  const result = await exec.run({
    argv,
    cwd: '/',
    env: probeEnvironment(env),
    outputLimit: 4096,
    timeoutMs: 30_000,
    killAfterMs: 1000,
    // What runs by way of sudo ends when this input closes, so it has to stay open.
    lifeline: true,
    signal,
  });
  return result.cause === 'exited' && result.exitCode === 0 ? result.stdout : null;
}

function probeEnvironment(env: HostDeps['env']): Record<string, string> {
  return { PATH: env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
