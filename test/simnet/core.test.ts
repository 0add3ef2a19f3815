import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSimnet, type Simnet, type SimnetView } from '../../simnet/simnet.ts';
import type { Fault, Host } from '../../simnet/types.ts';
import { faultCounter } from '../../simnet/view.ts';
import { clientOf, plainArtifacts, scenarioWith, startPlainSimnet } from './ic-kit.ts';

const run = promisify(execFile);

let simnet: Simnet;
beforeAll(async () => {
  simnet = await startPlainSimnet();
});
afterAll(() => simnet.close());

/** A program of its own that knows nothing but its environment. */
async function program(view: SimnetView, code: string): Promise<string> {
  const env = { PATH: process.env['PATH'], ...view.env, NODE_USE_ENV_PROXY: '1' };
  return (await run(process.execPath, ['-e', code], { env })).stdout.trim();
}

test('a program reaches production URLs with nothing but its environment', async () => {
  const view = await simnet.openView(scenarioWith());
  const code = `fetch('https://icp-api.io/api/v2/status').then((r) => r.arrayBuffer()).then((b) => console.log(b.byteLength))`;
  expect(Number(await program(view, code))).toBeGreaterThan(133);
  expect(view.requests).toEqual([{ method: 'GET', url: 'https://icp-api.io/api/v2/status', status: 200 }]);
});

test('a host that is not of this Internet is refused and recorded', async () => {
  const view = await simnet.openView(scenarioWith());
  const code = `fetch('https://evil.example/x').catch((e) => console.log('refused', e.cause?.message ?? e.message))`;
  expect(await program(view, code)).toMatch(/^refused /);
  expect(view.unknownHosts).toEqual(['evil.example']);
});

test.each(['https://icp-api.io:8443/', 'https://127.0.0.1/', 'https://[::1]/'])(
  '%s is refused and recorded',
  async (url) => {
    const view = await simnet.openView(scenarioWith());
    const { fetch, close } = await clientOf(view);
    await expect(fetch(url)).rejects.toThrow();
    expect(view.unknownHosts).toHaveLength(1);
    expect(view.requests).toEqual([]);
    await close();
  },
);

test('a plain request to the proxy is refused and recorded', async () => {
  const view = await simnet.openView(scenarioWith());
  const url = new URL(view.proxyUrl);
  const status = await new Promise<number | undefined>((resolve) => {
    request({ host: url.hostname, port: url.port, path: 'http://icp-api.io/' }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).end();
  });
  expect(status).toBe(403);
  expect(view.unknownHosts).toEqual(['http://icp-api.io/']);
});

test('without the authority in its trust a client refuses the certificate', async () => {
  const view = await simnet.openView(scenarioWith());
  const trusting = { ...view, env: { ...view.env, NODE_EXTRA_CA_CERTS: '' } };
  const code = `fetch('https://icp-api.io/').catch((e) => console.log(e.cause.code))`;
  expect(await program(trusting as SimnetView, code)).toMatch(/SELF_SIGNED|UNABLE_TO/);
  expect(view.requests).toEqual([]);
});

test('a request for another name than that of the connection is misdirected', async () => {
  const view = await simnet.openView(scenarioWith());
  expect(await rawAnswer(view, 'icp-api.io', 'github.com')).toMatch(/^HTTP\/1.1 421 /);
});

/** What comes back for one request written by hand on a connection to `host`, until it closes. */
async function rawAnswer(view: SimnetView, host: string, name: string, headers = 'connection: close'): Promise<string> {
  const { hostname, port } = new URL(view.proxyUrl);
  const plain = connect({ host: hostname, port: Number(port) });
  plain.write(`CONNECT ${host}:443 HTTP/1.1\r\nhost: ${host}:443\r\n\r\n`);
  await once(plain, 'data');
  const ca = readFileSync(view.env['NODE_EXTRA_CA_CERTS']!);
  const secure = connectTls({ socket: plain, servername: host, ca });
  secure.write(`GET /api/v2/status HTTP/1.1\r\nhost: ${name}\r\n${headers}\r\n\r\n`);
  let answer = '';
  secure.on('data', (chunk) => (answer += String(chunk))).on('error', () => secure.destroy());
  await once(secure, 'close');
  return answer;
}

test('a view opens within milliseconds and knows nothing of the others', async () => {
  await simnet.openView(scenarioWith());
  const started = performance.now();
  const views = await Promise.all(Array.from({ length: 10 }, () => simnet.openView(scenarioWith())));
  expect((performance.now() - started) / 10).toBeLessThan(50);
  expect(new Set(views.map(({ proposalId }) => proposalId)).size).toBe(10);
  expect(new Set(views.map(({ proxyUrl }) => proxyUrl)).size).toBe(10);
  const { fetch, close } = await clientOf(views[0]!);
  await fetch('https://icp0.io/api/v2/status');
  expect(views.map(({ requests }) => requests.length)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  await close();
});

test('a closed view can be reached no more', async () => {
  const view = await simnet.openView(scenarioWith());
  const { fetch, close } = await clientOf(view);
  expect((await fetch('https://icp-api.io/api/v2/status')).status).toBe(200);
  await view.close();
  await expect(fetch('https://icp-api.io/api/v2/status')).rejects.toThrow();
  await close();
});

test('a service that fails answers 500 with the reason', async () => {
  const broken = await startSimnet({
    artifacts: {
      ...plainArtifacts(),
      hosts: [
        {
          names: ['github.com'],
          handle: () => {
            throw new Error('broken here');
          },
        },
      ],
    },
  });
  const view = await broken.openView(scenarioWith());
  const { fetch, close } = await clientOf(view);
  const response = await fetch('https://github.com/dfinity/ic');
  expect(response.status).toBe(500);
  expect(await response.text()).toContain('broken here');
  await close();
  await broken.close();
});

test('a host that speaks another protocol gets the connection, and one that does not closes it', async () => {
  const chat: Host = {
    names: ['chat.example.org'],
    handle: (_, response) => void response.end(),
    upgrade: (_, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: chat\r\n\r\nhello'),
  };
  const world = await startSimnet({ artifacts: { ...plainArtifacts(), hosts: [chat] } });
  const view = await world.openView(scenarioWith());
  const upgrade = 'connection: upgrade\r\nupgrade: chat';
  expect(await rawAnswer(view, 'chat.example.org', 'chat.example.org', upgrade)).toMatch(/^HTTP\/1.1 101 [^]*hello$/);
  expect(await rawAnswer(view, 'icp-api.io', 'icp-api.io', upgrade)).toBe('');
  expect(view.requests.map(({ status }) => status)).toEqual([101, 0]);
  await world.close();
});

test('commits and the proposal id are filled into a scenario', async () => {
  const view = await simnet.openView(
    scenarioWith({ command: ['verify', '-p', '{id}', '-c', '{commit}'], payload: { retires: ['{commit:in-use}'] } }),
  );
  expect(view.scenario.command).toEqual(['verify', '-p', String(view.proposalId), '-c', view.release.commit]);
  expect(view.scenario.payload!.retires).toEqual([simnet.artifacts.releases.get('in-use')!.commit]);
  await expect(simnet.openView(scenarioWith({ release: 'unheard-of' }))).rejects.toThrow('no release named unheard-of');
});

test('a scenario that elects nothing has no proposal', async () => {
  expect((await simnet.openView(scenarioWith({ elects: 'none' }))).proposalId).toBe(0n);
});

test('the clock can be set', async () => {
  const now = Date.parse('2026-09-20T12:00:00Z');
  const past = await startSimnet({ artifacts: plainArtifacts(), now });
  const view = await past.openView(scenarioWith());
  const { fetch, close } = await clientOf(view);
  const response = await fetch(`https://ic-api.internetcomputer.org/api/v3/proposals/${view.proposalId}`);
  const shown = (await response.json()) as { proposal_timestamp_seconds: number };
  expect(Math.abs(shown.proposal_timestamp_seconds - (now / 1000 - 3600))).toBeLessThan(30);
  await close();
  await past.close();
});

test('a fault is given as often as it says, the first that matches first', () => {
  const faults: Fault[] = [
    { at: 'git', fault: 'down', times: 1 },
    { at: 'git', fault: 'http-500' },
    { at: 'dashboard', fault: 'down', times: 2 },
  ];
  const take = faultCounter(faults);
  const taken = [1, 2, 3].map(() => take('git', () => true)?.fault);
  expect(taken).toEqual(['down', 'http-500', 'http-500']);
  expect([1, 2, 3].map(() => take('dashboard', () => true)?.fault)).toEqual(['down', 'down', undefined]);
  expect(take('dashboard', () => false)).toBeUndefined();
  expect(take('ic', () => true)).toBeUndefined();
});
