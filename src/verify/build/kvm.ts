import type { Exec } from '../../platform/exec.ts';
import { asBuildUserArgv, type BuildUser } from './build-env.ts';

/** `refused`: the device is there, and the build may not open it. */
export type KvmAccess = 'usable' | 'missing' | 'refused';

export interface KvmDeps {
  readonly exec: Exec;
  readonly user: BuildUser;
  /** Of the call: our own PATH and nothing else. */
  readonly env: Readonly<Record<string, string>>;
  /** `/dev/kvm`, but for tests. */
  readonly device: string;
  readonly signal: AbortSignal;
}

export const KVM_DEVICE = '/dev/kvm';

/**
 * One virtual machine of a build: 4 processors, 4 GiB and what QEMU itself needs beside it. There are four root file
 * systems (GuestOS, recovery, HostOS, SetupOS), and each gets one.
 * @see https://github.com/dfinity/ic/blob/0f56e885f4c7dafa51cbf6bad61caf90797300a4/toolchains/sysimage/toolchain.bzl
 */
export const VM = { cores: 4, bytes: 4608 * 1024 ** 2, atOnce: 4, limitSeconds: 3600 } as const;

/** Opened, not asked for: neither the unit's device rules nor a module that is not there show in the permissions. */
const OPEN = '[ -c "$1" ] || exit 41; (exec 3<>"$1") 2>/dev/null || exit 42';
const MISSING = 41;
const REFUSED = 42;

/**
 * Whether a build can run virtual machines: opens the device as the build's user, within the build's namespaces. null:
 * nothing could be run that way, of which others tell.
 */
export async function kvmAccess(deps: KvmDeps): Promise<KvmAccess | null> {
  const command = ['sh', '-c', OPEN, 'nns-watch-kvm', deps.device] as const;
  const apart = await answer(asBuildUserArgv(deps.user, command), deps);
  if (apart !== null) return apart;
  // A build that is allowed without namespaces runs as we do.
  return answer(command, deps);
}

async function answer(argv: readonly [string, ...string[]], deps: KvmDeps): Promise<KvmAccess | null> {
  const { cause, exitCode } = await deps.exec.run({
    argv,
    cwd: '/',
    env: deps.env,
    outputLimit: 4096,
    timeoutMs: 8_000,
    killAfterMs: 500,
    lifeline: true,
    signal: deps.signal,
  });
  if (cause !== 'exited') return null;
  if (exitCode === 0) return 'usable';
  if (exitCode === MISSING) return 'missing';
  return exitCode === REFUSED ? 'refused' : null;
}

/** What a build in emulated virtual machines means, for people. */
export function emulatedSentence(access: Exclude<KvmAccess, 'usable'>, device: string): string {
  const why = access === 'missing' ? `This machine has no ${device}` : `${device} refuses the build’s user`;
  return (
    `${why}: newer commits build each root file system in a virtual machine, which is then emulated: it is much slower and is ` +
    `stopped after ${VM.limitSeconds} s.`
  );
}

const UNFINISHED =
  /the build VM didn't finish within \d+ ?s|the build VM stopped without reporting a result|qemu exited with -?\d+/;

/**
 * The words with which the source's own rule ends where its virtual machine did not come to its end. A build can print
 * them as well: nothing better for it follows than from any other failure.
 */
export function vmUnfinished(line: string): string | null {
  return UNFINISHED.exec(line)?.[0] ?? null;
}
