import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostSettings } from '../../src/app/host-settings.ts';
import { loadConfig } from '../../src/operator/config.ts';
import { examine } from '../../src/doctor/examine.ts';
import { GROUPS } from '../../src/doctor/index.ts';
import type { DoctorPorts } from '../../src/doctor/ports.ts';
import { Evidence, evidenceKey, type HostFacts } from '../../src/domain/evidence.ts';
import type { Exec, ProcessResult } from '../../src/platform/exec.ts';
import { createHostCollector } from '../../src/verify/collect/host.ts';
import { HOST_PROBES } from '../../src/verify/collect/host-probes.ts';

type Program = 'works' | 'missing' | 'fails' | 'hangs';

interface Host {
  arch: string;
  totalMemoryBytes: number;
  memoryLimitBytes: number | null;
  free: number | 'EACCES' | 'ENOTDIR';
  osRelease: string;
  uid: number;
  programs: Record<'git' | 'podman' | 'sudo' | 'namespaces', Program>;
  kvm: number;
  settings: Record<string, string>;
}

const program = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Program>('works') },
  fc.constantFrom<Program[]>('missing', 'fails', 'hangs'),
);
const mostly = <T>(usual: T, ...others: T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, fc.constantFrom(...others));

const hosts: fc.Arbitrary<Host> = fc.record({
  arch: mostly('x86_64', 'aarch64', 'riscv64', ''),
  totalMemoryBytes: mostly(33e9, 0, 1e9, 16e9, 16e9 - 1),
  memoryLimitBytes: mostly<number | null>(null, 0, 8e9, 16e9, 64e9),
  free: mostly<Host['free']>(250e9, 0, 100e9, 100e9 - 1, 'EACCES', 'ENOTDIR'),
  osRelease: mostly('ID=ubuntu\nVERSION_ID="24.04"\n', '', 'ID=debian\n'),
  uid: mostly(0, 1000),
  programs: fc.record({ git: program, podman: program, sudo: program, namespaces: program }),
  kvm: mostly(0, 41, 42, 1),
  settings: fc.record({
    MIN_RAM_GB: mostly('16', '1', '32'),
    MIN_DISK_GB: mostly('100', '1', '300'),
    BUILD_ISOLATION: mostly('required', 'if-possible'),
  }),
});

/** The programs of a generated host, in memory. */
function execOf({ programs, kvm }: Host): Exec {
  const result = (cause: ProcessResult['cause'], exitCode: number | null): ProcessResult => {
    const rest = { signal: null, stdout: 'version 2.39.5', stderr: '', truncated: false, stdoutBytes: 0, seconds: 1 };
    return { cause, exitCode, ...rest, startError: cause === 'not-started' ? 'ENOENT' : null };
  };
  const of = (state: Program): ProcessResult => {
    if (state === 'missing') return result('not-started', null);
    return state === 'hangs' ? result('timed-out', null) : result('exited', state === 'works' ? 0 : 1);
  };
  return {
    run: async ({ argv }) => {
      const [name] = argv;
      if (name === 'git' || name === 'podman') return of(programs[name]);
      if (name === 'sudo' && programs.sudo !== 'works') return of(programs.sudo);
      if (argv.includes('nns-watch-kvm')) return result('exited', kvm);
      return argv.includes('mount') ? of(programs.namespaces) : result('exited', 0);
    },
  };
}

function portsOf(host: Host): DoctorPorts {
  const freeBytes = async (): Promise<number> => {
    if (typeof host.free === 'number') return host.free;
    throw Object.assign(new Error(host.free), { code: host.free });
  };
  const user = { uid: host.uid, gid: host.uid, name: 'x', home: '/nonexistent' };
  const { arch, totalMemoryBytes, memoryLimitBytes, osRelease } = host;
  const never = (): never => {
    throw new Error('not asked for here');
  };
  return {
    config: loadConfig({ ...host.settings, NNS_WATCH_CACHE_DIR: '/var/tmp', NNS_WATCH_DATA_DIR: '/var/tmp' }),
    envFile: null,
    machine: { arch, totalMemoryBytes, memoryLimitBytes, osRelease, user, freeBytes, kvmDevice: '/dev/kvm', cores: 16 },
    exec: execOf(host),
    http: { request: never, stream: never, close: never },
    git: { run: never },
    clock: Date,
    resolve: never,
    containersDir: '/var/lib/containers',
    parts: [],
  };
}

/** The lines about what a run examines too. */
async function doctored(ports: DoctorPorts): ReturnType<typeof examine> {
  const groups = GROUPS.map(({ title, probes }) => ({
    title,
    probes: (...given: Parameters<typeof probes>) => probes(...given).filter(({ id }) => id in HOST_PROBES),
  }));
  return examine(groups, ports, new AbortController().signal);
}

async function examinedByARun({ config, exec, machine }: DoctorPorts): Promise<HostFacts> {
  const observation = await createHostCollector({ ...hostSettings(config), exec, machine, clock: Date }).collect(
    evidenceKey.host(),
    {
      signal: new AbortController().signal,
      progress: () => undefined,
      observe: () => Promise.reject(new Error('nothing else is observed')),
      evidence: new Evidence(),
      commit: null,
    },
  );
  if (observation.status !== 'observed') throw new Error('not observed');
  return observation.value;
}

describe('the examination of a host', () => {
  it('has a line of doctor for each probe of a run', async () => {
    const [host] = fc.sample(hosts, 1);
    const { lines } = await doctored(portsOf(host as Host));
    expect(lines.map(({ id }) => id).sort()).toEqual(Object.keys(HOST_PROBES).sort());
  });

  it('is the same for doctor and for a run: where doctor finds no problem, no run finds the host unfit', async () => {
    let fit = 0;
    await fc.assert(
      fc.asyncProperty(hosts, async (host) => {
        const ports = portsOf(host);
        const [{ healthy, lines }, { problems }] = await Promise.all([doctored(ports), examinedByARun(ports)]);
        if (healthy) expect(problems).toEqual([]);
        if (healthy) fit += 1;
        else expect(lines.filter(({ outcome }) => outcome === 'problem')).not.toEqual([]);
        // And the other way round: what doctor calls a problem is one for the run, if only by another's name.
        if (problems.length === 0) expect(lines.filter(({ outcome }) => outcome === 'problem')).toEqual([]);
      }),
      { numRuns: 300 },
    );
    expect(fit).toBeGreaterThan(10);
  });
});
