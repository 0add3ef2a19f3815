import { Cbor } from '@icp-sdk/core/agent';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { ProposalId } from '../../src/domain/ids.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { fetchLike } from '../../src/platform/fetch-like.ts';
import { createHttp } from '../../src/platform/http.ts';
import { createPayloadDecoder } from '../../src/watcher/decode.ts';
import { createGovernanceReader } from '../../src/watcher/governance.ts';
import type { BoundaryDeps } from '../../src/watcher/boundary.ts';
import { scenarioWith, startPlainSimnet } from '../simnet/ic-kit.ts';
import { HOSTS, memoryBlobs, reach } from './kit.ts';

const GOVERNANCE = 'rrkah-fqaaa-aaaaa-aaaaq-cai';
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

function readWith(deps: BoundaryDeps, id = '7') {
  const decode = createPayloadDecoder();
  closing.push(() => decode.close());
  const reader = createGovernanceReader({ ...deps, canisterId: GOVERNANCE, blobs: memoryBlobs(), decode });
  return reader.read(id as ProposalId, new AbortController().signal);
}

/** A node of the real network's address family that answers as it likes. */
async function readFrom(answer: RequestListener, changes: Partial<BoundaryDeps> = {}) {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const deps = {
    hosts: [host],
    rootKey: undefined,
    fetch,
    clock: Date,
    timeoutMs: 5_000,
    backoff: { firstMs: 5, mostMs: 30_000, tries: 3 },
    ...changes,
  };
  return { observation: await readWith(deps), asked: () => asked };
}

const cbor =
  (value: unknown): RequestListener =>
  (_, response) => {
    response.end(Cbor.encode(value));
  };

describe('an answer that is none of the Internet Computer', () => {
  it.each<[string, RequestListener]>([
    ['a page of HTML', (_, response) => response.end('<html>log in to this network</html>')],
    ['nothing at all', (_, response) => response.end()],
    ['an empty map', cbor({})],
    ['a certificate of another type', cbor({ certificate: 7 })],
    ['a rejection without a signature', cbor({ reject_code: 2n, reject_message: '@everyone', error_code: 'x' })],
    ['a redirect', (_, response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end()],
    ['another refusal', (_, response) => response.writeHead(400).end('malformed request')],
    ['not found', (_, response) => response.writeHead(404).end()],
  ])('is trouble on the way, tried a few times: %s', async (_, answer) => {
    const { observation, asked } = await readFrom(answer);
    expect(observation).toMatchObject({ status: 'unavailable', kind: 'transport', code: 'hosts-unreachable' });
    expect(asked()).toBeGreaterThanOrEqual(3);
    expect(asked()).toBeLessThan(10);
    expect(observation.status === 'unavailable' && observation.detail).not.toContain('\n');
  });

  const REFUSED = 'Invalid request expiry: Specified ingress_expiry not within expected range';
  it.each([
    ['the header', 1800, ` `],
    ['the text', 1800, ': Minimum allowed expiry: {time}.005285297 UTC, Maximum allowed expiry: never'],
    ['either', -7200, ' '],
  ])('is a refusal of our time, and says how wrong this clock is: %s', async (_, seconds, more) => {
    const { observation, asked } = await readFrom((_request, response) => {
      const time = new Date(Date.now() + seconds * 1000);
      const text = more.replace('{time}', time.toISOString().slice(0, 19).replace('T', ' '));
      // What the text says comes from the replica itself, what the header says from whatever stands before it.
      const date = text === more ? time : new Date();
      response.writeHead(400, { date: date.toUTCString() }).end(REFUSED + text);
    });
    const clock = seconds > 0 ? 'is 30 min behind' : 'is 120 min ahead of';
    expect(observation).toMatchObject({ kind: 'transport', code: 'expiry-refused' });
    expect(observation.status === 'unavailable' && observation.detail).toMatch(
      new RegExp(`^This machine’s clock ${clock} that of every boundary node`),
    );
    expect(asked()).toBeLessThan(10);
  });

  it('is given up once it is longer than any reply', async () => {
    let sent = 0;
    const { observation } = await readFrom((_, response) => {
      const piece = Buffer.alloc(256 * 1024);
      const more = (): void => {
        sent += piece.length;
        if (sent < 64 * 1024 * 1024 && !response.destroyed) response.write(piece, more);
      };
      more();
    });
    expect(observation).toMatchObject({
      kind: 'transport',
      detail: expect.stringContaining('answer-too-large') as string,
    });
    expect(sent).toBeLessThan(40 * 1024 * 1024);
  });

  it.each<[string, unknown]>([
    ['a certificate of rubbish', { status: 'replied', certificate: Uint8Array.of(1, 2, 3) }],
    ['a certificate without a tree', { status: 'replied', certificate: Cbor.encode({ signature: Uint8Array.of(1) }) }],
    [
      'an unsigned certificate',
      { status: 'replied', certificate: Cbor.encode({ tree: [4, Uint8Array.of(7)], signature: new Uint8Array(48) }) },
    ],
  ])('gives no proposal: %s', async (_, value) => {
    const { observation } = await readFrom(cbor(value));
    expect(observation.status).toBe('unavailable');
  });

  it('is nothing where there is no host to ask', async () => {
    const { observation } = await readFrom(() => undefined, { hosts: [] });
    expect(observation).toMatchObject({ kind: 'transport', code: 'hosts-unreachable' });
  });
});

const urlOf = (input: string | URL | Request): string => (input instanceof Request ? input.url : input.toString());

describe('the way to the Internet Computer', () => {
  async function openView() {
    const simnet = await startPlainSimnet();
    closing.push(() => simnet.close());
    const view = await simnet.openView(scenarioWith());
    return view;
  }

  it('goes through the client of the program', async () => {
    const view = await openView();
    const ca = readFileSync(view.env['NODE_EXTRA_CA_CERTS']!, 'utf8');
    const http = createHttp({ env: view.env, ca, stallTimeoutMs: 5_000, clock: systemClock, userAgent: 'test' });
    closing.push(() => http.close());
    const { deps, close } = reach(view, {
      fetch: fetchLike(http, { bytes: 4_194_304, redirects: 0, totalMs: 10_000 }),
    });
    closing.push(close);
    expect(await readWith(deps, String(view.proposalId))).toMatchObject({ status: 'observed' });
  });

  it.each([
    ['everything but version 4', [2, 3], ['v3/*/call']],
    ['version 2 alone', [2], ['v2/*/call', 'v2/*/read_state']],
    ['version 3 alone', [3], ['v3/*/call']],
  ])('falls back where a node knows %s', async (_, known, asked) => {
    const view = await openView();
    const { deps, close } = reach(view);
    closing.push(close);
    const older: typeof fetch = async (input, init) =>
      known.some((version) => urlOf(input).includes(`/api/v${version}/`))
        ? deps.fetch(input, init)
        : new Response('not found', { status: 404 });
    const observation = await readWith({ ...deps, fetch: older, hosts: HOSTS.slice(0, 1) }, String(view.proposalId));
    expect(observation).toMatchObject({ status: 'observed', value: { id: String(view.proposalId) } });
    const answered = view.requests.map(({ url }) => url.replace(/.*\/api\//, '').replace(/canister\/[^/]+/, '*'));
    expect(answered).toEqual(asked);
  });
});
