import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Evidence, evidenceKey, type HostFacts } from '../../../src/domain/evidence.ts';
import { createExec } from '../../../src/platform/exec.ts';
import { freeBytes } from '../../../src/platform/files.ts';
import { createHostCollector, type HostDeps } from '../../../src/verify/collect/host.ts';
import type { Machine } from '../../../src/verify/collect/host-probes.ts';

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

/** A directory of small scripts that stand in for the system's programs: name → what it does. */
function programs(scripts: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'nns-watch-host-'));
  directories.push(directory);
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(directory, name), 0o755);
  }
  return directory;
}

const GOOD = {
  git: 'echo "git version 2.39.5"',
  podman: 'echo "podman version 4.3.1"',
  sudo: 'exit 0',
  setpriv: 'exit 0',
};

const UBUNTU = 'NAME="Ubuntu"\nPRETTY_NAME="Ubuntu 24.04.1 LTS"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n';
const root = { uid: 0, gid: 0, name: 'root', home: '/root' };

const machine = (changes: Partial<Machine> = {}): Machine => ({
  arch: 'x86_64',
  totalMemoryBytes: 33e9,
  memoryLimitBytes: null,
  kvmDevice: '/dev/null',
  osRelease: UBUNTU,
  user: root,
  freeBytes: async () => 250e9,
  ...changes,
});

async function look(changes: Partial<HostDeps> = {}, scripts: Record<string, string> = GOOD): Promise<HostFacts> {
  const collector = createHostCollector({
    exec: createExec(),
    clock: { now: () => 42 },
    machine: machine(),
    env: { PATH: programs(scripts) },
    minDiskBytes: 100e9,
    minRamBytes: 16e9,
    cacheDir: '/var/cache/nns-watch',
    ...changes,
  });
  const observation = await collector.collect(evidenceKey.host(), {
    signal: new AbortController().signal,
    progress: () => undefined,
    observe: () => Promise.reject(new Error('unexpected look at something else')),
    evidence: new Evidence(),
    commit: null,
  });
  expect(observation).toMatchObject({ status: 'observed', source: 'this machine', observedAt: 42 });
  if (observation.status !== 'observed') throw new Error('not observed');
  return observation.value;
}

const codes = (found: readonly { code: string }[]): string[] => found.map(({ code }) => code);

describe('a machine that can build', () => {
  it('has no problems, and is described', async () => {
    expect(await look()).toEqual({
      problems: [],
      warnings: [],
      description: 'x86_64, Ubuntu 24.04.1 LTS, 33.0 GB memory, 250.0 GB free, git 2.39.5, podman 4.3.1',
    });
  });

  it('may have exactly the memory and disk that are asked for', async () => {
    const facts = await look({ minDiskBytes: 250e9, minRamBytes: 33e9 });
    expect(facts.problems).toEqual([]);
  });

  it.each([
    ['Debian 12', 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'],
    ['an older Ubuntu', "ID=ubuntu\nVERSION_ID='20.04'\n"],
    ['something unknown', ''],
  ])('may run %s, with a warning', async (_what, osRelease) => {
    const facts = await look({ machine: machine({ osRelease }) });
    expect(codes(facts.warnings)).toEqual(['not-ubuntu']);
    expect(facts.problems).toEqual([]);
  });

  it('need not have made the cache directory yet', async () => {
    const cacheDir = join(programs({}), 'not', 'yet', 'there');
    expect((await look({ cacheDir, minDiskBytes: 1, machine: machine({ freeBytes }) })).problems).toEqual([]);
  });
});

describe('a machine without hardware virtualization', () => {
  it('may build, with a warning that says what an emulated build means', async () => {
    const scripts = {
      ...GOOD,
      setpriv: 'case "$*" in *nns-watch-kvm*) while [ "$1" != sh ]; do shift; done; exec /bin/"$@";; esac',
    };
    const without = await look({ machine: machine({ kvmDevice: '/dev/no-kvm' }) }, scripts);
    expect([without.problems, codes(without.warnings)]).toEqual([[], ['no-kvm']]);
    expect(without.warnings[0]?.sentence).toMatch(/emulated.*3600 s/);
    // Not a device at all: nothing is made in its place.
    expect(existsSync('/dev/no-kvm')).toBe(false);
    expect((await look({}, scripts)).warnings).toEqual([]);
  });

  it('says which user the device refuses, also where its mode allows it', async () => {
    const scripts = { ...GOOD, setpriv: 'exit 42' };
    expect(codes((await look({}, scripts)).warnings)).toEqual(['kvm-refused']);
  });
});

describe('a machine that cannot build', () => {
  it('is told that its control group allows less than the machine has', async () => {
    const { problems, description } = await look({ machine: machine({ memoryLimitBytes: 8e9 }) });
    expect(codes(problems)).toEqual(['too-little-memory']);
    expect(description).toContain('8.0 GB memory (the limit of its control group)');
    expect((await look({ machine: machine({ memoryLimitBytes: 64e9 }) })).problems).toEqual([]);
  });

  it('is told to be x86_64 in the words that users know', async () => {
    const { problems } = await look({ machine: machine({ arch: 'aarch64' }) });
    expect(codes(problems)).toEqual(['not-x86-64']);
    expect(problems[0]?.sentence).toContain('Please run this on x86_64 architecture');
  });

  it('is told how much memory and disk it lacks, and which setting asks for it', async () => {
    const small = machine({ totalMemoryBytes: 8.3e9, freeBytes: async () => 99.9e9 });
    const { problems } = await look({ machine: small });
    expect(codes(problems)).toEqual(['too-little-memory', 'too-little-disk']);
    expect(problems.map(({ sentence }) => sentence).join(' ')).toMatch(
      /16\.0 GB.*MIN_RAM_GB.*8\.3 GB.*MIN_DISK_GB.*99\.9 GB/,
    );
  });

  it('is not trusted to have disk that cannot be measured', async () => {
    const denied = machine({ freeBytes: () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' })) });
    expect(codes((await look({ machine: denied })).problems)).toEqual(['disk-unknown']);
  });

  it.each(['git', 'podman', 'sudo'] as const)('lacks %s, or has one that does not work', async (name) => {
    const rest = Object.fromEntries(Object.entries(GOOD).filter(([program]) => program !== name));
    for (const scripts of [rest, { ...GOOD, [name]: 'exit 125' }]) {
      expect(codes((await look({}, scripts)).problems)).toEqual([`no-${name}`]);
    }
  });

  it('allows no namespaces, unless the operator accepts that', async () => {
    const scripts = { ...GOOD, setpriv: 'echo "unshare failed: Operation not permitted" >&2; exit 1' };
    expect(codes((await look({}, scripts)).problems)).toEqual(['no-namespaces']);
    const accepted = await look({ allowWithoutIsolation: true }, scripts);
    expect([codes(accepted.problems), codes(accepted.warnings)]).toEqual([[], ['no-namespaces']]);
  });

  it('is told everything at once', async () => {
    const poor = machine({ arch: 'arm64', totalMemoryBytes: 1e9, freeBytes: async () => 1e9 });
    const { problems } = await look({ machine: poor }, {});
    expect(codes(problems)).toEqual([
      'not-x86-64',
      'too-little-memory',
      'too-little-disk',
      'no-git',
      'no-podman',
      'no-sudo',
    ]);
  });
});

describe('the probes', () => {
  it('see nothing of our environment but PATH', async () => {
    const leak = join(programs({}), 'leak');
    const scripts = { ...GOOD, git: `/usr/bin/env > ${leak}; echo "git version 2.0"` };
    await look({ env: { PATH: programs(scripts), GITHUB_TOKEN: 'ghp_0123456789' } }, scripts);
    expect(readFileSync(leak, 'utf8')).not.toContain('ghp_');
    expect(readFileSync(leak, 'utf8')).toContain('PATH=');
  });

  it('go through sudo where we are not root', async () => {
    const record = join(programs({}), 'record');
    const scripts = { ...GOOD, sudo: `echo "$2" >> ${record}`, setpriv: 'exit 1' };
    const user = { uid: 1000, gid: 1000, name: 'builder', home: '/home/builder' };
    expect((await look({ machine: machine({ user }) }, scripts)).problems).toEqual([]);
    expect(readFileSync(record, 'utf8').trim().split('\n')).toHaveLength(3);
  });
});
