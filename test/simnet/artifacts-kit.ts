import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createArtifacts } from '../../simnet/artifacts/index.ts';
import type { Artifacts, BuiltRelease, Fault, Host, Scenario, View } from '../../simnet/types.ts';
import { faultCounter } from '../../simnet/view.ts';

/** Releases, their repository and what is published of them, for the tests of one file. */
export class ArtifactsRig {
  scratch = '';
  artifacts!: Artifacts;

  constructor(imageBytes?: number) {
    beforeAll(async () => {
      this.scratch = mkdtempSync('/var/tmp/simnet-test-');
      const size = imageBytes === undefined ? {} : { imageBytes };
      this.artifacts = await createArtifacts({ dataDir: join(this.scratch, 'simnet'), ...size });
    });
    afterAll(async () => {
      await this.artifacts.close();
      rmSync(this.scratch, { recursive: true, force: true });
    });
  }
}

/** A view of one release with these faults, as far as the services of the artifacts look at it. */
export function viewOf(release: BuiltRelease, faults: Fault[] = []): View {
  const scenario: Scenario = {
    name: 'test',
    wrong: '',
    release: release.name,
    elects: 'guestos',
    faults,
    command: [],
    expect: { outcome: null, reason: null, exit: 0 },
  };
  return {
    scenario,
    release,
    proposalId: 1n,
    proxyUrl: '',
    requests: [],
    unknownHosts: [],
    take: faultCounter(faults),
    close: () => Promise.resolve(),
  };
}

export interface Served extends AsyncDisposable {
  url: string;
}

/** One host of the loopback Internet on a plain port of its own. */
export async function serve(hosts: Host[], name: string, view: View): Promise<Served> {
  const host = hosts.find((one) => one.names.includes(name));
  if (!host) throw new Error(`no host ${name}`);
  const server = createServer((request, response) => void host.handle(request, response, view));
  const { promise, resolve } = Promise.withResolvers<undefined>();
  server.listen(0, '127.0.0.1', () => resolve(undefined));
  await promise;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export interface Ran {
  code: number | null;
  output: string;
}

interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** After so many milliseconds the whole group is killed and `code` is null. */
  timeout?: number;
}

export async function run(program: string, args: string[], { timeout, ...options }: RunOptions = {}): Promise<Ran> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...options });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), timeout ?? 60_000);
  child.on('error', reject);
  child.on('close', resolve);
  const code = await promise;
  clearTimeout(timer);
  return { code, output: Buffer.concat(chunks).toString('utf8') };
}

/** Clones over HTTP as a verifier does and checks the commit of the release out. */
export async function checkOutOf(artifacts: Artifacts, scratch: string, name: string, proxyUrl = ''): Promise<string> {
  const release = artifacts.releases.get(name)!;
  const workspace = join(mkdtempSync(join(scratch, `${name}-`)), 'ic');
  await using github = await serve(artifacts.hosts, 'github.com', { ...viewOf(release), proxyUrl });
  for (const args of [
    ['clone', '--quiet', '--no-checkout', `${github.url}/dfinity/ic`, workspace],
    ['-C', workspace, 'fetch', '--quiet', 'origin', release.commit],
    ['-C', workspace, 'checkout', '--quiet', '--detach', release.commit],
  ]) {
    const { code, output } = await run('git', args);
    if (code !== 0) throw new Error(`git ${args.join(' ')}: ${output}`);
  }
  return workspace;
}

export const BUILD = ['./ci/container/build-ic.sh', '--icos'];

/** Namespaces as a careful verifier makes them: what the build leaves running dies with its first process. */
export const ISOLATED = [
  ...(process.getuid?.() === 0 ? [] : ['sudo', '--preserve-env']),
  ...'unshare --mount --pid --fork --kill-child --mount-proc --propagation private'.split(' '),
];

interface BuildOptions {
  home: string;
  command?: string[] | undefined;
  env?: NodeJS.ProcessEnv | undefined;
  timeout?: number;
}

export async function buildIn(workspace: string, options: BuildOptions): Promise<Ran> {
  const { home, command = BUILD, env, timeout = 60_000 } = options;
  const environment = { PATH: process.env['PATH'], HOME: home, ...env };
  return await run(command[0]!, command.slice(1), { cwd: workspace, env: environment, timeout });
}
