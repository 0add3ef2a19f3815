import { dirname } from 'node:path';
import type { Exec } from '../../platform/exec.ts';
import { askTool, type Answer, type Argv } from '../build/ask-tool.ts';
import { probeArgv, type BuildUser } from '../build/build-env.ts';
import { toolEnvironment } from '../build/builder-deps.ts';
import { emulatedSentence, kvmAccess, type KvmAccess } from '../build/kvm.ts';

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

export interface ProbeDeps {
  readonly exec: Exec;
  readonly machine: Machine;
  /** Our own environment, of which the probes get what the tools around a build get. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly minDiskBytes: number;
  readonly minRamBytes: number;
  readonly cacheDir: string;
  /** The operator's word that a build may see what we see, where the machine allows no namespaces. */
  readonly allowWithoutIsolation?: boolean;
  /** Milliseconds of one command. Default 30 s. */
  readonly timeoutMs?: number;
}

export interface Finding {
  readonly code: string;
  readonly sentence: string;
}

/** What one probe found: a word for the description, and what stands in the way of a build or may do so. */
export interface Probed {
  readonly seen?: string;
  readonly problem?: Finding;
  readonly warning?: Finding;
}

/**
 * The examination of a host, by `doctor` and before every build: whoever finds no problem here builds. A new probe is a
 * line here and one in `doctor`, where a test asks for it.
 */
export const HOST_PROBES = {
  architecture,
  system,
  memory,
  'disk-cache': disk,
  git: (deps: ProbeDeps, signal: AbortSignal) => tool('git', deps, signal),
  podman: (deps: ProbeDeps, signal: AbortSignal) => tool('podman', deps, signal),
  sudo,
  namespaces,
  'virtual-machines': virtualMachines,
} as const;

export type HostProbe = keyof typeof HOST_PROBES;

function architecture({ machine: { arch } }: ProbeDeps): Probed {
  if (arch === 'x86_64') return { seen: arch };
  const sentence = `Please run this on x86_64 architecture: the images are built for it, and this machine is ${arch}.`;
  return { seen: arch, problem: { code: 'not-x86-64', sentence } };
}

/** Upstream builds on Ubuntu and tells others to; other systems have been seen to work. */
function system({ machine: { osRelease } }: ProbeDeps): Probed & { readonly seen: string } {
  const field = (name: string): string => new RegExp(`^${name}=(["']?)(.*)\\1$`, 'm').exec(osRelease)?.[2] ?? '';
  const seen = field('PRETTY_NAME') || field('ID') || 'an unknown system';
  if (field('ID') === 'ubuntu' && Number(field('VERSION_ID')) >= 22.04) return { seen };
  const sentence = `The build is made for Ubuntu 22.04 or newer; it may fail on this system (${seen}).`;
  return { seen, warning: { code: 'not-ubuntu', sentence } };
}

/** Memory that can be had: a limit counts, whatever the machine has. */
function memory({ machine, minRamBytes }: ProbeDeps): Probed & { readonly seen: string; readonly bytes: number } {
  const { totalMemoryBytes: total, memoryLimitBytes: limit } = machine;
  const bytes = Math.min(total, limit ?? total);
  const seen = `${gigabytes(bytes)} memory${bytes < total ? ' (the limit of its control group)' : ''}`;
  if (bytes >= minRamBytes) return { seen, bytes };
  const sentence = `The build needs ${gigabytes(minRamBytes)} of memory (MIN_RAM_GB); this machine has ${seen}.`;
  return { seen, bytes, problem: { code: 'too-little-memory', sentence } };
}

async function disk({ machine, minDiskBytes, cacheDir }: ProbeDeps): Promise<Probed & { readonly free: number }> {
  const free = await freeBelow(cacheDir, machine.freeBytes);
  if (free === null) {
    const sentence = `The free space of ${cacheDir} cannot be determined, and the build needs a lot of it.`;
    return { free: 0, problem: { code: 'disk-unknown', sentence } };
  }
  const seen = `${gigabytes(free)} free`;
  if (free >= minDiskBytes) return { seen, free };
  const sentence = `The build needs ${gigabytes(minDiskBytes)} of free disk (MIN_DISK_GB); ${cacheDir} has ${seen}.`;
  return { seen, free, problem: { code: 'too-little-disk', sentence } };
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

type Asked = Probed & { readonly answer: Answer };

async function tool(
  name: 'git' | 'podman',
  deps: ProbeDeps,
  signal: AbortSignal,
): Promise<Asked & { readonly version: string }> {
  const answer = await ask([name, '--version'], deps, signal);
  const version = /\d+(?:\.\d+)+/.exec(answer.stdout)?.[0] ?? 'of an unknown version';
  if (answer.worked) return { answer, version, seen: `${name} ${version}` };
  const sentence = `${name} is missing or does not work: sudo apt-get install ${name}.`;
  return { answer, version, problem: { code: `no-${name}`, sentence } };
}

/**
 * container-run.sh calls podman through sudo, also as root.
 * @see https://github.com/dfinity/ic/blob/master/ci/container/container-run.sh
 */
async function sudo(deps: ProbeDeps, signal: AbortSignal): Promise<Asked> {
  const answer = await ask(['sudo', '-n', 'true'], deps, signal);
  if (answer.worked) return { answer };
  const sentence =
    'sudo is missing or asks for a password: the build runs podman through sudo and cannot answer a prompt.';
  return { answer, problem: { code: 'no-sudo', sentence } };
}

/** The build's own question: may we make namespaces that hide what is ours? */
async function namespaces(deps: ProbeDeps, signal: AbortSignal): Promise<Asked> {
  const answer = await ask(probeArgv(deps.machine.user), deps, signal);
  if (answer.worked) return { answer };
  const found = {
    code: 'no-namespaces',
    sentence: 'This machine allows no namespaces, which the build needs for its isolation.',
  };
  return deps.allowWithoutIsolation ? { answer, warning: found } : { answer, problem: found };
}

/** Only newer commits need it, and without it they build too, emulated: no reason not to try. */
async function virtualMachines(
  { exec, env, machine }: ProbeDeps,
  signal: AbortSignal,
): Promise<Probed & { readonly access: KvmAccess | null }> {
  const { user, kvmDevice: device } = machine;
  const access = await kvmAccess({ exec, user, device, env: toolEnvironment({ env }), signal });
  if (access === null || access === 'usable') return { access };
  const code = access === 'missing' ? 'no-kvm' : 'kvm-refused';
  return { access, warning: { code, sentence: emulatedSentence(access, device) } };
}

function ask(argv: Argv, { exec, env, timeoutMs = 30_000 }: ProbeDeps, signal: AbortSignal): Promise<Answer> {
  return askTool(argv, { exec, env, timeoutMs, signal });
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
