import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BuiltRelease, Component } from '../../simnet/types.ts';
import { ArtifactsRig, BUILD, ISOLATED, buildIn, checkOutOf, run, serve, viewOf, type Ran } from './artifacts-kit.ts';

const NEWEST = {
  guestos: 'guestos/update/update-img.tar.zst',
  hostos: 'hostos/update/update-img.tar.zst',
  setupos: 'setupos/disk-img.tar.zst',
  recovery: 'guestos/update-img-recovery/update-img.tar.zst',
};

const rig = new ArtifactsRig();

function release(name: string): BuiltRelease {
  return rig.artifacts.releases.get(name)!;
}

const checkOut = (name: string): Promise<string> => checkOutOf(rig.artifacts, rig.scratch, name);

const build = (workspace: string, command?: string[], env?: NodeJS.ProcessEnv): Promise<Ran> =>
  buildIn(workspace, { home: mkdtempSync(join(rig.scratch, 'home-')), command, env });

function sha256(workspace: string, path: string): string {
  return createHash('sha256')
    .update(readFileSync(join(workspace, 'artifacts/icos', path)))
    .digest('hex');
}

function expectPublishedBytes(workspace: string, name: string, paths: Partial<Record<Component, string>>): void {
  for (const [component, path] of Object.entries(paths)) {
    expect(sha256(workspace, path), path).toBe(rig.artifacts.publishedSha256(release(name), component as Component));
  }
}

async function publishedFile(name: string, path: string): Promise<string> {
  await using cdn = await serve(rig.artifacts.hosts, 'download.dfinity.systems', viewOf(release(name)));
  const response = await fetch(`${cdn.url}/ic/${release(name).commit}/${path}`);
  return await response.text();
}

test('an honest commit builds in podman exactly what is published', async () => {
  const workspace = await checkOut('good');
  const { code, output } = await build(workspace);
  expect(output).toContain('##### RECOVERY SHA256SUMS #####');
  expect(code).toBe(0);
  expectPublishedBytes(workspace, 'good', NEWEST);
  for (const file of ['launch-measurements.json', 'SHA256SUMS']) {
    const built = readFileSync(join(workspace, 'artifacts/icos/guestos/update', file), 'utf8');
    expect(built).toBe(await publishedFile('good', `guest-os/update-img/${file}`));
  }
  expect((await run('git', ['status', '--porcelain'], { cwd: workspace })).output).toBe('');
});

test('a dirty tree is refused', async () => {
  const workspace = await checkOut('good');
  await run('touch', ['stray'], { cwd: workspace });
  const { code, output } = await build(workspace);
  expect(output).toContain('not clean');
  expect(code).toBe(1);
});

test.each([
  ['layout-2024-09', { guestos: 'guestos/update-img.tar.zst', hostos: 'hostos/update-img.tar.zst' }],
  ['layout-2025-05', { guestos: NEWEST.guestos, hostos: NEWEST.hostos, setupos: NEWEST.setupos }],
  ['layout-2025-08', { guestos: NEWEST.guestos }],
  ['layout-2025-10', NEWEST],
] as const)('%s builds into the directories of its time', async (name, paths) => {
  const workspace = await checkOut(name);
  expect((await build(workspace)).code).toBe(0);
  expectPublishedBytes(workspace, name, paths);
  const measured = name >= 'layout-2025-08';
  expect(existsSync(join(workspace, 'artifacts/icos/guestos/update/launch-measurements.json'))).toBe(measured);
  expect(existsSync(join(workspace, 'ic-os/guestos/envs/recovery/BUILD.bazel'))).toBe(name >= 'layout-2025-10');
});

test('the generation that runs bazel on a bare host needs container-run.sh around it', async () => {
  const workspace = await checkOut('layout-bare-host');
  // The script takes these marks of other containers for its own; a bare host has none.
  if (!existsSync('/.dockerenv') && !existsSync('/run/.containerenv')) {
    expect((await build(workspace)).output).toContain('bazel: command not found');
  }
  expect((await build(workspace, ['./ci/container/container-run.sh', ...BUILD])).code).toBe(0);
  expectPublishedBytes(workspace, 'layout-bare-host', NEWEST);
});

test('the build works in namespaces of its own with an empty home and a reduced environment', async () => {
  const workspace = await checkOut('good');
  const env = { USER: 'root', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', TZ: 'UTC', TERM: 'dumb', ...rig.artifacts.env };
  expect((await build(workspace, [...ISOLATED, ...BUILD], env)).code).toBe(0);
  expectPublishedBytes(workspace, 'good', NEWEST);
});
