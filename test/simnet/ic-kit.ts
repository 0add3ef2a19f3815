import { createHash } from 'node:crypto';
import { HttpAgent, type HttpAgentOptions } from '@icp-sdk/core/agent';
import { Principal } from '@icp-sdk/core/principal';
import { ProxyAgent, fetch as undiciFetch } from 'undici';
import { readFileSync } from 'node:fs';
import { startSimnet, type Simnet, type SimnetView } from '../../simnet/simnet.ts';
import type { Artifacts, BuiltRelease, Fault, Measurement, Scenario } from '../../simnet/types.ts';

export const GOVERNANCE = Principal.fromText('rrkah-fqaaa-aaaaa-aaaaq-cai');
export const REGISTRY = Principal.fromText('rwlgt-iiaaa-aaaaa-aaaaa-cai');

const digest = (text: string, algorithm = 'sha256'): string => createHash(algorithm).update(text).digest('hex');

export const MEASUREMENTS: Measurement[] = ['A', 'B'].map((slot) => ({
  measurement: digest(slot, 'sha384'),
  kernel_cmdline: `dfinity.system=${slot} dfinity.tee=1 root_hash=${digest('root')}`,
  vcpu_type: 'EPYC-Turin',
}));

/** Releases without files behind them, for tests that are about the Internet Computer only. */
export function plainArtifacts(): Artifacts {
  const names = ['good', 'in-use', 'absent'];
  const releases = names.map((name): [string, BuiltRelease] => [
    name,
    {
      name,
      layout: '2026-06',
      build: 'good',
      reach: name === 'absent' ? 'absent' : 'rc',
      commit: digest(name, 'sha1'),
    },
  ]);
  return {
    hosts: [],
    releases: new Map(releases),
    publishedSha256: (release, component) => digest(`${release.commit} ${component}`),
    measurements: () => MEASUREMENTS,
    trustedRootPath: '/nowhere/trusted_root.json',
    env: {},
    close: () => Promise.resolve(),
  };
}

export function startPlainSimnet(): Promise<Simnet> {
  return startSimnet({ artifacts: plainArtifacts() });
}

export function scenarioWith(changes: Partial<Scenario> = {}): Scenario {
  return {
    name: 'plain',
    wrong: 'Nothing.',
    release: 'good',
    elects: 'guestos',
    command: [],
    expect: { outcome: 'verified', reason: null, exit: 0 },
    ...changes,
  };
}

export const withFaults = (...faults: Fault[]): Scenario => scenarioWith({ faults });

export interface Client {
  agent: HttpAgent;
  fetch: typeof fetch;
  close: () => Promise<void>;
}

/** The client of the real SDK with a production URL, reaching the view through its proxy as a program would. */
export async function clientOf(
  view: SimnetView,
  host = 'https://icp-api.io',
  options: HttpAgentOptions = {},
): Promise<Client> {
  const ca = readFileSync(view.env['NODE_EXTRA_CA_CERTS']!, 'utf8');
  const dispatcher = new ProxyAgent({ uri: view.env['HTTPS_PROXY']!, requestTls: { ca } });
  const proxied = ((url: string, init: object) => undiciFetch(url, { ...init, dispatcher })) as unknown as typeof fetch;
  const rootKey = new Uint8Array(Buffer.from(view.env['IC_ROOT_KEY']!, 'hex'));
  const agent = await HttpAgent.create({ host, rootKey, retryTimes: 0, fetch: proxied, ...options });
  return { agent, fetch: proxied, close: () => dispatcher.close() };
}
