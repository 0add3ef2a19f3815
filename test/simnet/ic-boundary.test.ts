import { Cbor, Certificate, HttpAgent } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Simnet, SimnetView } from '../../simnet/simnet.ts';
import type { Fault } from '../../simnet/types.ts';
import { clientOf, GOVERNANCE, scenarioWith, startPlainSimnet, withFaults, type Client } from './ic-kit.ts';

let simnet: Simnet;
beforeAll(async () => {
  simnet = await startPlainSimnet();
});
afterAll(() => simnet.close());

const Info = IDL.Opt(IDL.Record({ id: IDL.Opt(IDL.Record({ id: IDL.Nat64 })), topic: IDL.Int32 }));
const argument = (id: bigint): Uint8Array => new Uint8Array(IDL.encode([IDL.Nat64], [id]));
const call = (agent: HttpAgent, id: bigint, options: { callSync?: boolean } = {}) =>
  agent.update(GOVERNANCE, {
    methodName: 'get_proposal_info',
    arg: argument(id),
    effectiveTarget: { canisterId: GOVERNANCE },
    ...options,
  });
const query = (agent: HttpAgent, id: bigint) =>
  agent.query(GOVERNANCE, { methodName: 'get_proposal_info', arg: argument(id) });

async function withView<T>(view: SimnetView, client: Client, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } finally {
    await client.close();
    await view.close();
  }
}

/** A client whose requests are sent to other versions of the endpoints than its own. */
async function olderClient(client: Client, view: SimnetView, versions: Record<string, string>): Promise<HttpAgent> {
  const rewritten = ((url: URL, init: RequestInit) => {
    const path = url.pathname.replace(/v\d(?=\/)/, (version) => versions[version] ?? version);
    return client.fetch(new URL(path, url), init);
  }) as typeof fetch;
  const rootKey = new Uint8Array(Buffer.from(view.env['IC_ROOT_KEY']!, 'hex'));
  return HttpAgent.create({ host: 'https://icp-api.io', rootKey, retryTimes: 0, fetch: rewritten });
}

describe.each(['https://icp-api.io', 'https://icp0.io', 'https://ic0.app'])('behind %s', (host) => {
  test('a certified call and a signed query of the same proposal agree', async () => {
    const view = await simnet.openView(scenarioWith());
    const client = await clientOf(view, host);
    await withView(view, client, async () => {
      const certified = await call(client.agent, view.proposalId);
      const queried = await query(client.agent, view.proposalId);
      expect(queried.status).toBe('replied');
      const expected = [[{ id: [{ id: view.proposalId }], topic: 13 }]];
      expect(IDL.decode([Info], certified.reply)).toEqual(expected);
      expect('reply' in queried && IDL.decode([Info], queried.reply.arg)).toEqual(expected);
      expect(view.requests.map(({ url }) => new URL(url).pathname.replace(GOVERNANCE.toText(), 'ID'))).toEqual(
        expect.arrayContaining(['/api/v4/canister/ID/call', '/api/v3/canister/ID/query']),
      );
      expect(view.requests.every(({ status, url }) => status === 200 && url.startsWith(host))).toBe(true);
    });
  });
});

test.each([
  ['the versions of earlier clients', { v4: 'v3', v3: 'v2' }],
  ['the versions of the current client', {}],
])('certified calls and signed queries verify with %s', async (_, versions) => {
  const view = await simnet.openView(scenarioWith());
  const client = await clientOf(view);
  await withView(view, client, async () => {
    const agent = await olderClient(client, view, versions);
    expect((await query(agent, view.proposalId)).status).toBe('replied');
    expect(IDL.decode([Info], (await call(agent, view.proposalId)).reply)).toHaveLength(1);
  });
});

test('an asynchronous call is accepted and its status read afterwards', async () => {
  const view = await simnet.openView(scenarioWith());
  const client = await clientOf(view);
  await withView(view, client, async () => {
    const { reply } = await call(client.agent, view.proposalId, { callSync: false });
    expect(IDL.decode([Info], reply)).toEqual([[{ id: [{ id: view.proposalId }], topic: 13 }]]);
    expect(view.requests.map(({ status }) => status)).toContain(202);
  });
});

test('a kept certificate can be checked again offline, and only with the root key', async () => {
  const view = await simnet.openView(scenarioWith());
  const client = await clientOf(view);
  await withView(view, client, async () => {
    const { rawCertificate } = await call(client.agent, view.proposalId);
    const again = { certificate: rawCertificate, principal: { canisterId: GOVERNANCE }, disableTimeVerification: true };
    const rootKey = new Uint8Array(Buffer.from(view.env['IC_ROOT_KEY']!, 'hex'));
    await expect(Certificate.create({ ...again, rootKey })).resolves.toBeDefined();
    const mainnetAgent = HttpAgent.createSync({ host: 'https://icp-api.io' });
    await expect(Certificate.create({ ...again, rootKey: mainnetAgent.rootKey! })).rejects.toThrow(/[Ss]ignature/);
  });
});

test('the root key of the status is the one of the environment', async () => {
  const view = await simnet.openView(scenarioWith());
  const client = await clientOf(view);
  await withView(view, client, async () => {
    const status = await client.agent.status();
    expect(Buffer.from(status['root_key'] as unknown as Uint8Array).toString('hex')).toBe(view.env['IC_ROOT_KEY']);
  });
});

test('the keys of the nodes are read from the state of the subnet', async () => {
  const view = await simnet.openView(scenarioWith());
  const client = await clientOf(view);
  await withView(view, client, async () => {
    const subnet = await client.agent.getSubnetIdFromCanister(GOVERNANCE);
    const state = await client.agent.readState({ subnetId: subnet }, { paths: [[new TextEncoder().encode('time')]] });
    expect(client.agent.parseTimeFromResponse(state)).toBeGreaterThan(Date.now() - 10_000);
    expect((await client.agent.fetchSubnetKeys({ canisterId: GOVERNANCE })).size).toBe(3);
  });
});

test.each([
  ['a method that does not exist', GOVERNANCE, 'no_such_method', 'IC0536'],
  ['an argument that cannot be decoded', GOVERNANCE, 'get_proposal_info', 'IC0503'],
])('%s is rejected, signed in a query and certified in a call', async (_, canister, methodName, code) => {
  const view = await simnet.openView(scenarioWith());
  const client = await clientOf(view);
  await withView(view, client, async () => {
    const request = { methodName, arg: new Uint8Array([1, 2, 3]), effectiveTarget: { canisterId: canister } };
    expect(await client.agent.query(canister, request)).toMatchObject({ status: 'rejected', error_code: code });
    await expect(client.agent.update(canister, request)).rejects.toThrow(code);
  });
});

async function outcomes(
  fault: Extract<Fault, { at: 'ic' }>,
): Promise<{ called: unknown; queried: unknown; agent: HttpAgent }> {
  const view = await simnet.openView(withFaults(fault));
  const client = await clientOf(view);
  return withView(view, client, async () => ({
    called: await call(client.agent, view.proposalId).catch((error: unknown) => error),
    queried: await query(client.agent, view.proposalId).catch((error: unknown) => error),
    agent: client.agent,
  }));
}

test.each(['down', 'http-500', 'http-429'] as const)('a host that is %s answers neither way', async (fault) => {
  const { called, queried } = await outcomes({ at: 'ic', hosts: ['icp-api.io'], fault });
  expect(called).toBeInstanceOf(Error);
  expect(queried).toBeInstanceOf(Error);
});

test.each(['other-root', 'altered-reply'] as const)('the client sees through a host with %s', async (fault) => {
  const { called, queried } = await outcomes({ at: 'ic', hosts: 'all', fault });
  expect(String(called)).toMatch(/[Ss]ignature|root hash/);
  expect(String(queried)).toMatch(/[Ss]ignature/);
});

test('a stale certificate is an hour old, which the client only shows in its time difference', async () => {
  const { called, agent } = await outcomes({ at: 'ic', hosts: 'all', fault: 'stale-certificate' });
  expect(called).toHaveProperty('reply');
  expect(Math.abs(agent.getTimeDiffMsecs() + 3_600_000)).toBeLessThan(10_000);
});

test('a fault with a number of times is gone afterwards, and other hosts never have it', async () => {
  const view = await simnet.openView(withFaults({ at: 'ic', hosts: ['icp-api.io'], fault: 'http-500', times: 1 }));
  const client = await clientOf(view);
  const other = await clientOf(view, 'https://ic0.app');
  await withView(view, client, async () => {
    await expect(call(other.agent, view.proposalId)).resolves.toHaveProperty('reply');
    await expect(call(client.agent, view.proposalId)).rejects.toThrow('500');
    await expect(call(client.agent, view.proposalId)).resolves.toHaveProperty('reply');
    await other.close();
  });
});

test('a host that stalls accepts the request and never answers', async () => {
  const view = await simnet.openView(withFaults({ at: 'ic', hosts: 'all', fault: 'stall' }));
  const client = await clientOf(view);
  await withView(view, client, async () => {
    const asked = client.fetch('https://icp-api.io/api/v2/status', { signal: AbortSignal.timeout(300) });
    await expect(asked).rejects.toThrow(/timeout|aborted/i);
    expect(view.requests).toMatchObject([{ method: 'GET', url: 'https://icp-api.io/api/v2/status', status: 0 }]);
  });
});

const CONTENT = {
  request_type: 'query',
  sender: new Uint8Array([4]),
  canister_id: GOVERNANCE.toUint8Array(),
  method_name: 'list_known_neurons',
  arg: new Uint8Array(IDL.encode([], [])),
};
const BASE = '/api/v3/canister/rrkah-fqaaa-aaaaa-aaaaq-cai';

test.each([
  ['a request in time', `${BASE}/query`, { ...CONTENT, ingress_expiry: soon() }, 200],
  ['a request that expired', `${BASE}/query`, { ...CONTENT, ingress_expiry: 1n }, 400],
  ['a request that asks to live too long', `${BASE}/query`, { ...CONTENT, ingress_expiry: soon() * 2n }, 400],
  ['a request without an expiry', `${BASE}/query`, CONTENT, 400],
  ['a query at the endpoint of calls', `${BASE}/call`, { ...CONTENT, ingress_expiry: soon() }, 400],
  [
    'a request for another canister',
    '/api/v3/canister/rwlgt-iiaaa-aaaaa-aaaaa-cai/query',
    { ...CONTENT, ingress_expiry: soon() },
    400,
  ],
  ['a version that is not served', BASE.replace('v3', 'v9') + '/query', { ...CONTENT, ingress_expiry: soon() }, 404],
  ['a canister id with a wrong checksum', '/api/v3/canister/rrkah-fqaaa-aaaaa-aaaaa-cai/query', CONTENT, 404],
])('the answer to %s', async (_, path, content, status) => {
  const view = await simnet.openView(scenarioWith());
  const client = await clientOf(view);
  await withView(view, client, async () => {
    const body = Cbor.encode({ content });
    const answer = await client.fetch(`https://icp-api.io${path}`, { method: 'POST', body });
    expect(answer.status).toBe(status);
  });
});

function soon(): bigint {
  return BigInt(Date.now() + 60_000) * 1_000_000n;
}
