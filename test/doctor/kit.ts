import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGitHub } from '../../simnet/artifacts/git-http.ts';
import { podmanEnvironment } from '../../simnet/artifacts/host-needs.ts';
import type { Simnet } from '../../simnet/simnet.ts';
import { startSimnet } from '../../simnet/simnet.ts';
import type { Fault, Host } from '../../simnet/types.ts';
import { loadConfig } from '../../src/operator/config.ts';
import { examine, type Line } from '../../src/doctor/examine.ts';
import { GROUPS } from '../../src/doctor/index.ts';
import { PARTS, type Part } from '../../src/doctor/loaded-parts.ts';
import type { DoctorPorts } from '../../src/doctor/ports.ts';
import { systemClock as clock } from '../../src/platform/clock.ts';
import { createExec } from '../../src/platform/exec.ts';
import { createHttp } from '../../src/platform/http.ts';
import { createGit } from '../../src/verify/git/git.ts';
import { createRootsFile } from '../../src/verify/git/roots-file.ts';
import { plainArtifacts, scenarioWith } from '../simnet/ic-kit.ts';

/** What is wrong with the machine, the settings or the Internet; everything else is healthy. */
export interface Wrong {
  /** What the resolver answers, whatever it is asked. */
  resolved?: readonly string[];
  env?: Record<string, string>;
  envFile?: string;
  machine?: Partial<DoctorPorts['machine']>;
  /** Scripts that stand in for programs; null: the program is missing. */
  programs?: Record<string, string | null>;
  containersDir?: string;
  parts?: readonly Part[];
  /** Milliseconds by which this machine's clock is ahead. */
  clockAheadMs?: number;
  faults?: Fault[];
  /** Hosts that break every connection. */
  down?: string[];
  /** Answers of hosts, by name: a status, and headers. */
  answers?: Record<string, { status: number; headers?: Record<string, string> }>;
}

export interface Kit {
  scratch: string;
  /** The line of one look, with this wrong. */
  line: (id: string, wrong?: Wrong) => Promise<Line>;
  /** All lines, but for those that start containers. */
  lines: (wrong?: Wrong) => Promise<readonly Line[]>;
  ports: (wrong?: Wrong) => Promise<DoctorPorts>;
  close: () => Promise<void>;
}

const UBUNTU = 'PRETTY_NAME="Ubuntu 24.04.1 LTS"\nVERSION_ID="24.04"\nID=ubuntu\n';
const PROGRAMS = 'sh bash env git podman sudo tar setpriv unshare mount cat mkfifo rm sleep mkdir runc crun flock';
const SMALL_HOSTS = [
  'download.dfinity.systems',
  'download.dfinity.network',
  'api.github.com',
  'tuf-repo-cdn.sigstore.dev',
];

/** A machine on which all is well: a loopback Internet with real git behind it, and the programs of this machine. */
export async function startKit(): Promise<Kit> {
  const scratch = await mkdtemp(join(tmpdir(), 'nns-watch-doctor-'));
  const programs = await mkdtemp('/var/tmp/nns-watch-doctor-programs-');
  let current: Wrong = {};
  const simnet = await startSimnet({
    dataDir: join(scratch, 'simnet'),
    artifacts: { ...plainArtifacts(), hosts: hostsOf(await repository(scratch), () => current) },
  });
  const closers: (() => Promise<void>)[] = [];
  const conf = await podmanEnvironment(scratch);
  const ports = async (wrong: Wrong = {}): Promise<DoctorPorts> => {
    current = wrong;
    const made = await portsOf(wrong, { simnet, scratch, programs, conf });
    closers.push(made.close);
    return made;
  };
  const probed = async (wrong: Wrong, chosen: (id: string) => boolean): Promise<readonly Line[]> => {
    const made = await ports(wrong);
    const groups = GROUPS.map(({ title, probes }) => ({
      title,
      probes: (...given: Parameters<typeof probes>) => probes(...given).filter(({ id }) => chosen(id)),
    }));
    return (await examine(groups, made, new AbortController().signal)).lines;
  };
  return {
    scratch,
    ports,
    lines: (wrong = {}) => probed(wrong, (id) => id !== 'container'),
    line: async (id, wrong = {}) => {
      const [line] = await probed(wrong, (other) => other === id);
      if (!line) throw new Error(`no look at ${id}`);
      return line;
    },
    close: async () => {
      for (const close of closers) await close();
      await simnet.close();
      for (const directory of [scratch, programs]) await rm(directory, { recursive: true, force: true });
    },
  };
}

interface World {
  simnet: Simnet;
  scratch: string;
  programs: string;
  conf: Record<string, string>;
}

async function portsOf(wrong: Wrong, world: World): Promise<DoctorPorts & { close: () => Promise<void> }> {
  const { scratch, conf } = world;
  const view = await world.simnet.openView(scenarioWith({ faults: wrong.faults ?? [] }));
  // With the operator's own root, the update server would not be asked.
  const viewEnv = Object.fromEntries(Object.entries(view.env).filter(([name]) => name !== 'SIGSTORE_TRUSTED_ROOT'));
  const env = {
    ...viewEnv,
    ...conf,
    HOME: scratch,
    PATH: await programPath(world.programs, wrong.programs ?? {}),
    NNS_WATCH_DATA_DIR: join(scratch, 'data'),
    NNS_WATCH_CACHE_DIR: join(scratch, 'cache'),
    ...wrong.env,
  };
  const config = loadConfig(env, wrong.envFile === undefined ? {} : { envFile: wrong.envFile });
  const exec = createExec();
  const shifted = { ...clock, now: () => Date.now() + (wrong.clockAheadMs ?? 0) };
  const ca = readFileSync(view.env['NODE_EXTRA_CA_CERTS'] ?? '', 'utf8');
  const http = createHttp({ env: viewEnv, ca, stallTimeoutMs: 3_000, clock, userAgent: 'test/1' });
  const rootsFile = createRootsFile(viewEnv, scratch);
  return {
    config,
    envFile: wrong.envFile ?? null,
    machine: { ...healthyMachine(), ...wrong.machine },
    exec,
    http,
    git: createGit({ exec, clock, env: { ...viewEnv, PATH: process.env['PATH'] }, rootsFile, stallTimeoutMs: 3_000 }),
    clock: shifted,
    resolve: async () => wrong.resolved ?? ['8.8.8.8'],
    containersDir: wrong.containersDir ?? '/var/lib/containers',
    parts: wrong.parts ?? PARTS,
    close: async () => {
      await http.close();
      await view.close();
    },
  };
}

function healthyMachine(): DoctorPorts['machine'] {
  const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, name: 'root', home: '/root' };
  const freeBytes = async (): Promise<number> => 250e9;
  const memory = { totalMemoryBytes: 33e9, memoryLimitBytes: null };
  return { arch: 'x86_64', ...memory, osRelease: UBUNTU, user, freeBytes, cores: 16, kvmDevice: '/dev/null' };
}

/** A directory of links to this machine's programs, with some of them replaced or left out. */
async function programPath(parent: string, changes: Record<string, string | null>): Promise<string> {
  const directory = await mkdtemp(join(parent, 'bin-'));
  await chmod(directory, 0o755);
  for (const name of PROGRAMS.split(' ')) {
    const real = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    if (real !== '' && !(name in changes)) await symlink(real, join(directory, name));
  }
  for (const [name, script] of Object.entries(changes)) {
    if (script === null) continue;
    await writeFile(join(directory, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(directory, name), 0o755);
  }
  return directory;
}

async function repository(scratch: string): Promise<string> {
  const root = join(scratch, 'repositories');
  await mkdir(join(root, 'dfinity'), { recursive: true });
  const git = (...args: string[]): void => void spawnSync('git', args, { cwd: root });
  git('init', '-q', '--bare', '-b', 'master', 'dfinity/ic.git');
  git('clone', '-q', 'dfinity/ic.git', 'work');
  const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
  git('-C', 'work', ...who, 'commit', '-q', '--allow-empty', '-m', 'x');
  git('-C', 'work', 'push', '-q', 'origin', 'HEAD:master');
  return root;
}

function hostsOf(repositories: string, wrong: () => Wrong): Host[] {
  const breakable = (host: Host): Host => ({
    ...host,
    handle: (request, response, view) => {
      const name = request.headers.host ?? '';
      const answer = wrong().answers?.[name];
      if (wrong().down?.includes(name)) response.socket?.destroy();
      else if (answer) response.writeHead(answer.status, { 'content-length': 0, ...answer.headers }).end();
      else return host.handle(request, response, view);
    },
  });
  const small = SMALL_HOSTS.map((name): Host => {
    return {
      names: [name],
      handle: (_request, response) => void response.writeHead(404, { 'content-length': 0 }).end(),
    };
  });
  return [createGitHub(repositories, () => undefined), ...small].map(breakable);
}
