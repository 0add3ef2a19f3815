import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/platform/clock.ts';
import { createExec } from '../../../src/platform/exec.ts';
import type { LeftoverDeps } from '../../../src/verify/build/leftovers.ts';

/** One for each process of tests: who removes it takes the containers of it along. */
export const IMAGE = `localhost/nns-watch-test:isolation-${process.pid}`;
export const FLAGS = '--runtime runc --log-level=error';
export const RUN = '--ulimit nofile=4096:4096 --ulimit nproc=4096:4096 --network=none --log-driver=none --pull=never';

export function importImage(): void {
  const root = mkdtempSync(join(tmpdir(), 'nns-watch-image-'));
  mkdirSync(join(root, 'bin'));
  execFileSync('cp', ['/usr/bin/busybox', join(root, 'bin/busybox')]);
  for (const name of ['sh', 'sleep', 'cat', 'ls']) execFileSync('ln', ['-s', 'busybox', join(root, 'bin', name)]);
  execFileSync('sh', ['-c', `tar -C ${root} -c . | podman import -q - ${IMAGE}`], { stdio: 'ignore' });
  rmSync(root, { recursive: true });
}

export function removeImage(): void {
  podman('rmi', '--force', IMAGE);
}

/** What it says, without its warnings of what a killed one left. It fails where a container goes while it lists. */
export function podman(...args: string[]): string {
  for (let tries = ['ps', 'rmi'].includes(args[0] ?? '') ? 5 : 1; ; tries -= 1) {
    try {
      return execFileSync('podman', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch (failure) {
      if (tries <= 1) throw failure;
    }
  }
}

export const containersOf = (label: string): string =>
  podman('ps', '-a', '-q', '--no-trunc', '--filter', `label=${label}`);

export const leftovers = (): LeftoverDeps => ({
  exec: createExec(),
  clock: systemClock,
  user: { uid: 0, gid: 0, name: 'root', home: '/root' },
  env: { PATH: process.env['PATH'] ?? '' },
});
