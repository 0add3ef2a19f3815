import { spawn } from 'node:child_process';
import dns, { type LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { connect, getDefaultAutoSelectFamilyAttemptTimeout, setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { fetch } from 'undici';
import { attemptTimeoutMs, connectPatiently } from '../../src/platform/connect-timeout.ts';
import { createAgent } from '../../src/platform/http-agent.ts';
import { createOperatorFetch } from '../../src/platform/operator-fetch.ts';

const HOST = 'slow.example';
const STALL_MS = 60_000;
const before = getDefaultAutoSelectFamilyAttemptTimeout();

/** Every name has two addresses here: the first takes its time, nothing listens at the other. */
const lookup = ((_name: string, options: dns.LookupOptions, done: (error: null, found: unknown) => void) => {
  const all: LookupAddress[] = [
    { address: '127.0.0.1', family: 4 },
    { address: '127.0.0.2', family: 4 },
  ];
  process.nextTick(() => (options.all ? done(null, all) : (done as (...a: unknown[]) => void)(null, '127.0.0.1', 4)));
}) as typeof dns.lookup;

/** A server whose queue of new connections is full for 0.8 s, so that connecting takes as long as the system's second try. */
const SLOW = `
  const server = require('node:http').createServer((_, response) => response.end('there'));
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () =>
    process.stdout.write(server.address().port + '\\n', () =>
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800)));`;

beforeAll(() => void vi.spyOn(dns, 'lookup').mockImplementation(lookup as never));
afterAll(() => {
  vi.restoreAllMocks();
  setDefaultAutoSelectFamilyAttemptTimeout(before);
});

it('an address that takes a second to connect to is waited for, whichever way a request goes', async () => {
  const child = spawn(process.execPath, ['-e', SLOW], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [told] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(told.toString());
  const fillers = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await Promise.all(fillers.slice(0, 2).map((one) => once(one, 'connect')));
  const url = `http://${HOST}:${port}/`;
  // Strangers' URLs, and what the program itself names.
  const agent = createAgent({ env: {}, lookup, stallTimeoutMs: STALL_MS, ownHosts: new Set([`${HOST}:${port}`]) });
  // Chats with their sockets, webhooks and the dead man's switch.
  const operator = createOperatorFetch({}, STALL_MS);
  // Sockets that a library opens by itself, as that of Discord's gateway.
  connectPatiently(STALL_MS);
  const socket = connect({ host: HOST, port });
  const ways = [
    fetch(url, { dispatcher: agent }).then((answer) => answer.text()),
    operator.fetch(url).then((answer) => answer.text()),
    fetch(url, { dispatcher: operator.dispatcher }).then((answer) => answer.text()),
    once(socket, 'connect').then(() => 'there'),
  ];
  const reached = await Promise.allSettled(ways);
  expect(reached.map((way) => (way.status === 'fulfilled' ? way.value : String(way.reason)))).toEqual(
    ways.map(() => 'there'),
  );
  for (const one of [...fillers, socket]) one.destroy();
  await Promise.all([agent.destroy(), operator.close()]);
  child.kill('SIGKILL');
});

it('leaves the next address its turn within what a stall may last', () => {
  expect([60_000, 6_000, 2_000, 0].map(attemptTimeoutMs)).toEqual([5_000, 500, 250, 250]);
});
