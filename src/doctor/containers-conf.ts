import { existsSync, readFileSync } from 'node:fs';

/** What of the machine keeps podman's defaults from working. */
export interface PodmanHost {
  /** Both generations of cgroups are mounted, which crun refuses. */
  readonly hybridCgroups: boolean;
  /** Hard limits of open files and processes; null: none. */
  readonly files: number | null;
  readonly processes: number | null;
  /** Where one of these is, podman can use it in the place of crun. */
  readonly hasRunc: boolean;
}

/** Podman asks for as many open files (`nr_open` of Linux) in every container. */
const PODMAN_FILES = 1_048_576;
const FEW_PROCESSES = 8192;
const RUNC = ['/usr/bin/runc', '/usr/sbin/runc', '/usr/local/bin/runc', '/usr/local/sbin/runc'];

export function thisPodmanHost(): PodmanHost {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const hard = (name: string): number | null => {
    const number = new RegExp(`^${name} +\\S+ +(\\d+) `, 'm').exec(limits)?.[1];
    return number === undefined ? null : Number(number);
  };
  return {
    hybridCgroups: existsSync('/sys/fs/cgroup/unified') && !existsSync('/sys/fs/cgroup/cgroup.controllers'),
    files: hard('Max open files'),
    processes: hard('Max processes'),
    hasRunc: RUNC.some((path) => existsSync(path)),
  };
}

/**
 * Lines for containers.conf that let containers run where podman's defaults do not; empty where nothing is known to
 * help. Without CAP_SYS_RESOURCE no runtime can raise a hard limit, so that limits are set to what there is.
 * @see https://github.com/containers/common/blob/main/docs/containers.conf.5.md
 */
export function helpfulLines({ hybridCgroups, files, processes }: PodmanHost): readonly string[] {
  const limits =
    files !== null && files < PODMAN_FILES
      ? [`nofile=${files}:${files}`, `nproc=${Math.min(FEW_PROCESSES, processes ?? FEW_PROCESSES)}`].map(both)
      : [];
  return [
    ...(limits.length > 0
      ? ['[containers]', `default_ulimits = [${limits.map((text) => `"${text}"`).join(', ')}]`]
      : []),
    ...(hybridCgroups ? ['[engine]', 'runtime = "runc"'] : []),
  ];
}

/** Soft and hard limit are the same. */
function both(limit: string): string {
  return limit.includes(':') ? limit : `${limit}:${limit.slice(limit.indexOf('=') + 1)}`;
}

const NEEDED_FOR: readonly (readonly [RegExp, string])[] = [
  [/catatonit|container-init/, 'catatonit'],
  [/conmon/, 'conmon'],
  [/netavark/, 'netavark'],
  [/iptables/, 'iptables'],
  [/fuse-overlayfs/, 'fuse-overlayfs'],
];

/** Debian packages that what podman said asks for. */
export function missingPackages(said: string, host: PodmanHost): readonly string[] {
  const named = NEEDED_FOR.filter(([pattern]) => pattern.test(said)).map(([, name]) => name);
  return [...named, ...(host.hybridCgroups && !host.hasRunc ? ['runc'] : [])];
}
