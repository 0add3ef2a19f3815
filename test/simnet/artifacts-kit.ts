import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BuiltRelease, Fault, Host, Scenario, View } from '../../simnet/types.ts';
import { faultCounter } from '../../simnet/view.ts';

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

export async function run(
  program: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; timeout?: number } = {},
): Promise<Ran> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], killSignal: 'SIGKILL', ...options });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on('error', reject);
  child.on('close', resolve);
  const code = await promise;
  return { code, output: Buffer.concat(chunks).toString('utf8') };
}
