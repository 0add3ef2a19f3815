import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Component } from '../../../src/domain/component.ts';
import type { CommitId, Sha256 } from '../../../src/domain/ids.ts';
import type { Blobs, BuildOutcome, Progress } from '../../../src/domain/ports.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { createExec } from '../../../src/platform/exec.ts';
import { createBuilder } from '../../../src/verify/build/builder.ts';
import type { BuilderDeps } from '../../../src/verify/build/builder-deps.ts';
import { DEFAULT_BUILD_ENV } from '../../../src/verify/build/build-env.ts';
import type { LoopbackGit } from '../git/loopback-git.ts';

export const SCRIPT = 'ci/container/build-ic.sh';
export const GUESTOS = 'artifacts/icos/guestos/update/update-img.tar.zst';

/** A build script that makes one GuestOS image of known bytes, after whatever else it does. */
export function script(before: string, after = ''): string {
  return [
    '#!/usr/bin/env bash',
    'set -eu',
    before,
    'mkdir -p artifacts/icos/guestos/update',
    `printf image > ${GUESTOS}`,
    'printf "[]" > artifacts/icos/guestos/update/launch-measurements.json',
    after,
    '',
  ].join('\n');
}

export const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

export interface FixtureBlobs extends Blobs {
  readonly kept: Map<string, Uint8Array>;
}

export function memoryBlobs(): FixtureBlobs {
  const kept = new Map<string, Uint8Array>();
  return {
    kept,
    put: (bytes) => {
      const name = createHash('sha256').update(bytes).digest('hex') as Sha256;
      kept.set(name, bytes);
      return Promise.resolve(name);
    },
    get: (name) => Promise.resolve(kept.get(name) ?? null),
  };
}

export function builderDeps(server: LoopbackGit, changes: Partial<BuilderDeps> = {}): BuilderDeps {
  const dataDir = join(server.directory, 'data');
  mkdirSync(dataDir, { recursive: true });
  return {
    exec: createExec(),
    clock: systemClock,
    blobs: memoryBlobs(),
    repository: server.deps,
    cacheDir: server.cacheDir,
    hidePaths: [dataDir],
    env: process.env,
    allowedEnv: DEFAULT_BUILD_ENV,
    secretNames: ['DISCORD_BOT_TOKEN'],
    user: { uid: 0, gid: 0, name: 'root', home: '/root' },
    hostname: 'fixture-host',
    timeoutMs: 60_000,
    killAfterMs: 500,
    minDiskBytes: 1,
    ...changes,
  };
}

export interface Built extends BuildOutcome {
  readonly commit: CommitId;
  readonly log: string;
  readonly progress: readonly Progress[];
}

export interface BuildOptions {
  readonly tree?: Readonly<Record<string, string>>;
  readonly changes?: Partial<BuilderDeps>;
  readonly components?: readonly Component[];
  readonly keep?: boolean;
  readonly buildsInVm?: boolean;
  readonly signal?: AbortSignal;
  /** Called as soon as the outcome is known. */
  readonly atOutcome?: () => void;
}

/** Commits the script (and more) to the served repository and builds that commit; its workspace is gone then. */
export async function build(server: LoopbackGit, text: string, options: BuildOptions = {}): Promise<Built> {
  const commit = server.commit({ [SCRIPT]: text, 'README.md': 'readme\n', ...options.tree }, 'refs/heads/rc--1');
  const deps = builderDeps(server, options.changes);
  const progress: Progress[] = [];
  const builder = createBuilder(deps);
  const outcome = await builder.build(
    {
      commit,
      tree: {
        buildScript: SCRIPT,
        containerRun:
          options.tree?.['ci/container/container-run.sh'] === undefined ? null : 'ci/container/container-run.sh',
        hasRecovery: false,
        hasMeasurements: true,
        buildsInVm: options.buildsInVm ?? false,
        committedAt: 0,
      },
      components: options.components ?? ['guestos'],
      attempt: 1,
      keep: options.keep ?? false,
    },
    options.signal ?? new AbortController().signal,
    (event) => progress.push(event),
  );
  options.atOutcome?.();
  await builder.cleared();
  const { file } = outcome.build;
  const bytes = file === undefined ? null : await deps.blobs.get(file);
  return { ...outcome, commit, log: bytes ? Buffer.from(bytes).toString('utf8') : '', progress };
}
