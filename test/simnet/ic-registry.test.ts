import {
  Certificate,
  lookupResultToBuffer,
  NodeType,
  reconstruct,
  type HashTree,
  type NodeHash,
  type NodeLabel,
  type NodeValue,
} from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VERSIONS } from '../../simnet/ic/registry/records.ts';
import type { Simnet, SimnetView } from '../../simnet/simnet.ts';
import { clientOf, REGISTRY, scenarioWith, startPlainSimnet, type Client } from './ic-kit.ts';
import { field, fields, fieldText, request } from './ic-protobuf.ts';

let simnet: Simnet;
let view: SimnetView;
let client: Client;
beforeAll(async () => {
  simnet = await startPlainSimnet();
  view = await simnet.openView(scenarioWith());
  client = await clientOf(view);
});
afterAll(async () => {
  await client.close();
  await simnet.close();
});

async function ask(methodName: string, arg: Uint8Array): Promise<Uint8Array> {
  const answer = await client.agent.query(REGISTRY, { methodName, arg });
  if (!('reply' in answer)) throw new Error(answer.reject_message);
  return answer.reply.arg;
}

const getValue = (key: string, version?: number): Promise<Uint8Array> =>
  ask('get_value', request.getValue(key, version));
const valueOf = async (key: string): Promise<Uint8Array> => field(await getValue(key), 3) as Uint8Array;

test('tells which version each subnet runs', async () => {
  const subnets = fields(await valueOf('subnet_list'), 2).map((id) => Principal.fromUint8Array(id as Uint8Array));
  const records = await Promise.all(subnets.map((id) => valueOf(`subnet_record_${id.toText()}`)));
  const inUse = simnet.artifacts.releases.get('in-use')!.commit;
  expect(records.map((record) => (field(record, 9) ? fieldText(record, 9) : undefined))).toEqual([
    VERSIONS.nnsSubnet,
    inUse,
    VERSIONS.applicationSubnets,
    VERSIONS.applicationSubnets,
    undefined,
  ]);
  expect(subnets[0]).toEqual(Principal.selfAuthenticating(Buffer.from(view.env['IC_ROOT_KEY']!, 'hex')));
});

test('tells what runs on unassigned nodes and API boundary nodes', async () => {
  expect(fieldText(await valueOf('unassigned_nodes_config'), 2)).toBe(VERSIONS.unassignedNodes);
  const Ids = IDL.Variant({ Ok: IDL.Vec(IDL.Record({ id: IDL.Opt(IDL.Principal) })), Err: IDL.Text });
  const arg = new Uint8Array(IDL.encode([IDL.Record({})], [{}]));
  const [ids] = IDL.decode([Ids], await ask('get_api_boundary_node_ids', arg)) as unknown as [
    { Ok: { id: [Principal] }[] },
  ];
  expect(ids.Ok).toHaveLength(2);
  for (const { id } of ids.Ok)
    expect(fieldText(await valueOf(`api_boundary_node_${id[0].toText()}`), 1)).toBe(VERSIONS.apiBoundaryNodes);
});

test('a key that is not there is an error in the answer, with the version that was read', async () => {
  const missing = await getValue('replica_version_0000');
  expect(field(field(missing, 1) as Uint8Array, 1)).toBe(1n);
  expect(field(missing, 2)).toBe(11n);
  expect(field(missing, 3)).toBeUndefined();
});

test('a deleted key is not there any more, and was at an earlier version', async () => {
  expect(field(await getValue('blessed_replica_versions'), 1)).toBeInstanceOf(Uint8Array);
  expect(fields(field(await getValue('blessed_replica_versions', 3), 3) as Uint8Array, 1)).toHaveLength(8);
});

test('the changes since a version hold later values and deletions, and the latest version', async () => {
  expect(field(await ask('get_latest_version', new Uint8Array()), 1)).toBe(11n);
  const changes = await ask('get_changes_since', request.changesSince(9));
  expect(field(changes, 2)).toBe(11n);
  const deltas = fields(changes, 3).map((delta) => delta as Uint8Array);
  expect(deltas.map((delta) => fieldText(delta, 1).replace(/[0-9a-f]{40}$/, 'ID'))).toEqual([
    'blessed_replica_versions',
    'replica_version_ID',
    'unassigned_nodes_config',
  ]);
  expect(deltas.map((delta) => field(field(delta, 2) as Uint8Array, 3))).toEqual([1n, 1n, undefined]);
});

test.each([
  ['get_certified_latest_version', new Uint8Array()],
  ['get_certified_changes_since', request.changesSince(8)],
])('%s is proved by a certificate of the root subnet', async (method, arg) => {
  const answer = await ask(method, arg);
  const rootKey = new Uint8Array(Buffer.from(view.env['IC_ROOT_KEY']!, 'hex'));
  const certificate = await Certificate.create({
    certificate: field(answer, 2) as Uint8Array,
    rootKey,
    principal: { canisterId: REGISTRY },
  });
  const certified = lookupResultToBuffer(
    certificate.lookup_path(['canister', REGISTRY.toUint8Array(), 'certified_data']),
  );
  const tree = mixedTree(field(answer, 1) as Uint8Array);
  expect(Buffer.from(await reconstruct(tree)).equals(certified!)).toBe(true);
});

/** MixedHashTree of the registry as a hash tree of the SDK. */
function mixedTree(encoded: Uint8Array): HashTree {
  const part = (number: number): Uint8Array | undefined => field(encoded, number) as Uint8Array | undefined;
  const [fork, labeled, leaf, digest] = [part(2), part(3), part(4), part(5)];
  const nested = (bytes: Uint8Array, number: number): HashTree => mixedTree(field(bytes, number) as Uint8Array);
  if (fork !== undefined) return [NodeType.Fork, nested(fork, 1), nested(fork, 2)];
  if (labeled !== undefined) return [NodeType.Labeled, field(labeled, 1) as NodeLabel, nested(labeled, 2)];
  if (leaf !== undefined) return [NodeType.Leaf, leaf as NodeValue];
  return digest === undefined ? [NodeType.Empty] : [NodeType.Pruned, digest as NodeHash];
}

test('a value can be read with a certified call', async () => {
  const { reply } = await client.agent.update(REGISTRY, {
    methodName: 'get_value',
    arg: request.getValue('unassigned_nodes_config'),
    effectiveTarget: { canisterId: REGISTRY },
  });
  expect(fieldText(field(reply, 3) as Uint8Array, 2)).toBe(VERSIONS.unassignedNodes);
});

test('Cloud Engines name no version; one record names it for all of them', async () => {
  const record = await valueOf('standard_engine_replica_version_record');
  expect([fieldText(record, 1), fieldText(record, 2)]).toEqual([VERSIONS.cloudEngines, VERSIONS.cloudEnginesBefore]);
});

test('a registry that is down rejects every method', async () => {
  const broken = await simnet.openView(scenarioWith({ faults: [{ at: 'registry', fault: 'down' }] }));
  const asking = await clientOf(broken);
  const answer = await asking.agent.query(REGISTRY, { methodName: 'get_latest_version', arg: new Uint8Array() });
  expect(answer).toMatchObject({ status: 'rejected', error_code: 'IC0508' });
  await asking.close();
});
