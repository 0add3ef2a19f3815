import type { Blobs } from '../../domain/ports.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Exec } from '../../platform/exec.ts';
import type { RepositoryDeps } from '../git/repository.ts';
import type { BuildUser } from './build-env.ts';
import type { LeftoverDeps } from './leftovers.ts';

export interface BuilderDeps {
  readonly exec: Exec;
  readonly clock: Clock;
  readonly blobs: Blobs;
  readonly repository: RepositoryDeps;
  /** Workspaces are made in it; everything else in it is hidden from the build. */
  readonly cacheDir: string;
  /** What else is hidden: data directory, settings files, our own checkout. Absolute paths; homes always are. */
  readonly hidePaths: readonly string[];
  /** Our own environment, of which the build gets only what `allowedEnv` names. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly allowedEnv: readonly string[];
  readonly secretNames: readonly string[];
  readonly user: BuildUser;
  readonly hostname: string;
  readonly timeoutMs: number;
  readonly minDiskBytes: number;
  /** From TERM to KILL. Default 30 s. */
  readonly killAfterMs?: number;
  /** Bytes of the log that are kept. Default 64 MiB. */
  readonly logLimit?: number;
  /** Keep the workspace of a build that failed, as long as there is room: bytes that all of the cache may take. */
  readonly keepFailedWithin?: number;
  /** The operator's word that a build may see what we see, where the machine allows no namespaces. */
  readonly allowWithoutIsolation?: boolean;
}

/** Environment of the tools around a build: podman finds the same settings as the build's. */
export function toolEnvironment({ env }: Pick<BuilderDeps, 'env'>): Record<string, string> {
  const conf = env['CONTAINERS_CONF'];
  return {
    PATH: env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C',
    ...(conf ? { CONTAINERS_CONF: conf } : {}),
  };
}

export function leftoverDeps(deps: BuilderDeps): LeftoverDeps {
  return { exec: deps.exec, clock: deps.clock, user: deps.user, env: toolEnvironment(deps) };
}

/** Removes what is root's: inside its container a build is root, and leaves files that only root may remove. */
export function removeAsRoot(deps: BuilderDeps): (path: string) => Promise<unknown> {
  const remove = ['rm', '-rf', '--one-file-system', '--'] as const;
  return (path) =>
    deps.exec.run({
      argv: deps.user.uid === 0 ? [...remove, path] : ['sudo', '-n', '--', ...remove, path],
      cwd: '/',
      env: toolEnvironment(deps),
      outputLimit: 4096,
    });
}
