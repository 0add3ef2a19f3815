import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Evidence, evidenceKey, type Observation, type TreeFacts } from '../../../src/domain/evidence.ts';
import type { CommitId } from '../../../src/domain/ids.ts';
import { createTreeCollector } from '../../../src/verify/collect/tree.ts';
import { startLoopbackGit, type LoopbackGit, type Tree } from '../git/loopback-git.ts';

let server: LoopbackGit;
beforeAll(async () => (server = await startLoopbackGit()));
afterEach(() => server.fault(null));
afterAll(() => server.close());

async function look(commit: CommitId): Promise<Observation<TreeFacts>> {
  return createTreeCollector(server.deps).collect(evidenceKey.tree(commit), {
    signal: new AbortController().signal,
    progress: () => undefined,
    observe: () => Promise.reject(new Error('asks for nothing else')),
    evidence: new Evidence(),
    commit: null,
  });
}

async function facts(tree: Tree): Promise<TreeFacts> {
  const observation = await look(server.commit(tree, 'refs/heads/master'));
  if (observation.status !== 'observed') throw new Error(JSON.stringify(observation));
  return observation.value;
}

const NEWEST: Tree = {
  'ci/container/build-ic.sh': '#!/bin/sh\nbazel build //ic-os/guestos/envs/recovery:bundle-update\n',
  'ci/container/container-run.sh': '#!/bin/sh\n',
  'ic-os/guestos/envs/recovery/BUILD.bazel': 'bundle()\n',
  'ic-os/defs.bzl': 'name = "launch-measurements.json"\n',
};

describe("the commit's own tree", () => {
  it('tells the newest layout', async () => {
    expect(await facts(NEWEST)).toEqual({
      buildScript: 'ci/container/build-ic.sh',
      containerRun: 'ci/container/container-run.sh',
      hasRecovery: true,
      hasMeasurements: true,
      buildsInVm: false,
      committedAt: 1789700000,
    });
  });

  it('tells the layout of 2024-09: no recovery image, no measurements', async () => {
    const old = { 'ci/container/build-ic.sh': '#!/bin/sh\n', 'ic-os/defs.bzl': 'nothing\n' };
    expect(await facts(old)).toMatchObject({ containerRun: null, hasRecovery: false, hasMeasurements: false });
  });

  it('knows no way to build the layouts before that', async () => {
    expect(await facts({ 'gitlab-ci/container/build-ic.sh': '#!/bin/sh\n' })).toMatchObject({ buildScript: null });
  });

  it('tells a source that builds its root file systems in virtual machines', async () => {
    const rules = { 'toolchains/sysimage/toolchain.bzl': '"//toolchains/sysimage:build_container_filesystem_vm"\n' };
    expect(await facts({ ...NEWEST, ...rules })).toMatchObject({ buildsInVm: true });
    const elsewhere = { 'ic-os/hostos/run.sh': 'qemu-system-x86_64 -accel kvm\n', 'ci/kvm.sh': '[ -e /dev/kvm ]\n' };
    expect(await facts({ ...NEWEST, ...elsewhere })).toMatchObject({ buildsInVm: false });
  });

  it('takes a directory in the place of the script for no script', async () => {
    expect(await facts({ 'ci/container/build-ic.sh/inside': 'x' })).toMatchObject({ buildScript: null });
  });

  it('finds measurements that only a build file deep below ic-os names', async () => {
    const tree = { ...NEWEST, 'ic-os/defs.bzl': 'x', 'ic-os/guestos/envs/prod/BUILD.bazel': 'launch_measurements()' };
    expect(await facts(tree)).toMatchObject({ hasMeasurements: true });
  });

  it('does not take a word elsewhere in the tree for measurements', async () => {
    const tree = { ...NEWEST, 'ic-os/defs.bzl': 'x', 'rs/README.md': 'launch-measurements' };
    expect(await facts(tree)).toMatchObject({ hasMeasurements: false });
  });

  it('finds a recovery image that only the script names, or only the directory shows', async () => {
    const script = { 'ci/container/build-ic.sh': 'mkdir guestos/update-img-recovery\n' };
    expect(await facts(script)).toMatchObject({ hasRecovery: true });
    const directory = { 'ci/container/build-ic.sh': 'x\n', 'ic-os/guestos/envs/recovery/BUILD.bazel': 'x' };
    expect(await facts(directory)).toMatchObject({ hasRecovery: true });
  });

  it('is absent where the server has no such commit', async () => {
    expect(await look('3'.repeat(40) as CommitId)).toMatchObject({ kind: 'absent', code: 'commit-not-found' });
  });

  it('is unknown, and to be asked for again, where the server is out of reach', async () => {
    server.fault('down');
    const answer = await look(server.commit({ new: 'file' }));
    expect(answer).toMatchObject({ kind: 'transport', code: 'repository-unreachable', retryable: true });
  });

  it('refuses what is no commit id', async () => {
    expect(await look('--upload-pack=x' as CommitId)).toMatchObject({ kind: 'malformed', code: 'not-a-commit' });
  });
});
