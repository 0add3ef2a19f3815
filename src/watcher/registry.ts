import { WatchError } from '../domain/errors.ts';
import type { Observation, RegistryPlace, RegistryUse, RegistryVersion } from '../domain/evidence.ts';
import { atAnyHost, type Session } from './boundary.ts';
import { certifiedCall, nothingReached } from './certified-call.ts';
import { throwOwnFailure } from './host-failure.ts';
import { inBatches, query } from './query.ts';
import {
  apiBoundaryNodeIdsRequest,
  apiBoundaryNodeKey,
  apiBoundaryNodeVersion,
  getValueRequest,
  type IdList,
  readApiBoundaryNodeIds,
  readLatestVersion,
  readSubnetList,
  readValue,
  hostosVersion,
  nodeKey,
  STANDARD_ENGINE_KEYS,
  standardEngineVersions,
  SUBNET_LIST_KEY,
  subnetKey,
  subnetMembers,
  subnetVersion,
  UNASSIGNED_NODES_KEY,
  unassignedNodesVersion,
} from './registry-records.ts';
import { readVersionRecord, type RegistryDeps } from './registry-version.ts';

export type { RegistryDeps } from './registry-version.ts';

export interface WantedUse {
  /** Also the HostOS of each node of a subnet or API boundary node: a request each, hundreds of them. */
  readonly nodes?: boolean;
}

export interface RegistryReader {
  /** Which versions run where. What could not be read is named, never taken for unused. */
  readonly inUse: (signal: AbortSignal, wanted?: WantedUse) => Promise<Observation<RegistryUse>>;
  /** The registry's newest version, as one node tells it; null: none does. */
  readonly latest: (signal: AbortSignal) => Promise<string | null>;
  /** What the record of one version holds, by its key. */
  readonly version: (key: string, signal: AbortSignal) => Promise<Observation<RegistryVersion>>;
}

type Use = RegistryUse['inUse'][number];

/** All records of one reading, at one version of the registry. */
interface Reading extends Session {
  readonly canisterId: string;
  readonly version: bigint;
}

/** Reads the registry: the list of subnets certified, single records with queries that a node signs. */
export function createRegistryReader(deps: RegistryDeps): RegistryReader {
  return {
    inUse: (signal, wanted = {}) => inUse(deps, signal, wanted),
    latest: (signal) => latest(deps, signal),
    version: (key, signal) => readVersionRecord(key, signal, deps),
  };
}

/** Reading some hundred records takes an honest host a while. */
const HEDGE_MS = 10_000;

async function inUse(deps: RegistryDeps, signal: AbortSignal, wanted: WantedUse): Promise<Observation<RegistryUse>> {
  const { canisterId, clock, blobs } = deps;
  const source = `canister ${canisterId} get_value`;
  const reached = await atAnyHost({ hedgeMs: HEDGE_MS, ...deps }, signal, (session) => readUse(session, deps, wanted));
  if (reached.status === 'failed') return nothingReached(reached, source, clock.now());
  const { value, evidence } = reached.value;
  const file = await blobs.put(evidence);
  const told = `${source}, registry version ${value.registryVersion}, via ${reached.host}`;
  return { status: 'observed', value, source: told, observedAt: clock.now(), file };
}

async function latest(deps: RegistryDeps, signal: AbortSignal): Promise<string | null> {
  const reached = await atAnyHost(deps, signal, async (session) =>
    readLatestVersion(await query(session, deps.canisterId, 'get_latest_version', new Uint8Array())),
  );
  return reached.status === 'reached' ? String(reached.value) : null;
}

async function readUse(
  session: Session,
  deps: RegistryDeps,
  wanted: WantedUse,
): Promise<{ value: RegistryUse; evidence: Uint8Array }> {
  const { canisterId } = deps;
  const version = readLatestVersion(await query(session, canisterId, 'get_latest_version', new Uint8Array()));
  const arg = getValueRequest(SUBNET_LIST_KEY, version);
  const list = await certifiedCall(session, { canisterId, method: 'get_value', arg }, deps);
  const reading = { ...session, canisterId, version };
  const [engines, nodes]: [string[], Set<string>] = [[], new Set()];
  const readers: [RegistryPlace, Read][] = [
    ['subnets', () => subnetUse(reading, readSubnetList(readValue(SUBNET_LIST_KEY, list.reply)), engines, nodes)],
    ['unassigned-nodes', () => unassignedNodesUse(reading)],
    ['api-boundary-nodes', () => apiBoundaryNodesUse(reading, nodes)],
    // After the subnets, which say whether any goes by it.
    ['cloud-engines', () => cloudEnginesUse(reading, engines)],
    ...(wanted.nodes ? [['hostos-nodes', () => hostosUse(reading, nodes)] as [RegistryPlace, Read]] : []),
  ];
  const inUse: Use[] = [];
  const notRead: RegistryPlace[] = wanted.nodes ? [] : ['hostos-nodes'];
  const partlyRead: NonNullable<RegistryUse['partlyRead']>[number][] = [];
  for (const [place, read] of readers) {
    const { uses, but } = await read().catch((thrown: unknown): PlaceRead => {
      throwOwnFailure(thrown);
      return { uses: [], but: null };
    });
    session.signal.throwIfAborted();
    inUse.push(...uses);
    if (but === null) notRead.push(place);
    else if (but.length > 0) partlyRead.push({ place, but });
  }
  const odd = partlyRead.length > 0 ? { partlyRead } : {};
  return { value: { inUse, notRead, ...odd, registryVersion: String(version) }, evidence: list.evidence };
}

/** What runs at a place, and what of it could not be read; null: nothing of it could. */
interface PlaceRead {
  readonly uses: readonly Use[];
  readonly but: readonly string[] | null;
}

type Read = () => Promise<PlaceRead>;

function subnetUse(reading: Reading, subnets: IdList, engines: string[], nodes: Set<string>): Promise<PlaceRead> {
  return useOf(reading, subnets, 'subnet', async (id) => {
    const subnet = await record(reading, subnetKey(id));
    const version = subnetVersion(subnet);
    for (const node of subnetMembers(subnet)) nodes.add(node);
    if (version === null) engines.push(id);
    return version;
  });
}

async function unassignedNodesUse(reading: Reading): Promise<PlaceRead> {
  const version = unassignedNodesVersion(await record(reading, UNASSIGNED_NODES_KEY));
  return { uses: [{ version, by: 'unassigned nodes' }], but: [] };
}

async function apiBoundaryNodesUse(reading: Reading, nodes: Set<string>): Promise<PlaceRead> {
  const reply = await query(reading, reading.canisterId, 'get_api_boundary_node_ids', apiBoundaryNodeIdsRequest());
  const listed = readApiBoundaryNodeIds(reply);
  for (const id of listed.ids) nodes.add(id);
  return useOf(reading, listed, 'API boundary node', async (id) =>
    apiBoundaryNodeVersion(await record(reading, apiBoundaryNodeKey(id))),
  );
}

/** Nodes that belong to none of these are listed nowhere by themselves, and told as not read. One place a version. */
async function hostosUse(reading: Reading, nodes: ReadonlySet<string>): Promise<PlaceRead> {
  const read = await useOf(reading, { ids: [...nodes], odd: 0 }, 'node', async (id) =>
    hostosVersion(await record(reading, nodeKey(id))),
  );
  const counts = Map.groupBy(read.uses, ({ version }) => version);
  const uses = [...counts].map(([version, all]) => ({ version, by: `HostOS of ${all.length} nodes` }));
  return { uses, but: read.but && ['nodes of no subnet', ...read.but] };
}

/** The registry keeps both versions of this record elected, whether an engine goes by it yet or not. */
async function cloudEnginesUse(reading: Reading, engines: readonly string[]): Promise<PlaceRead> {
  for (const key of STANDARD_ENGINE_KEYS) {
    const value = await record(reading, key).catch(unlessAbsent);
    if (value)
      return { uses: standardEngineVersions(value).map((version) => ({ version, by: 'Cloud Engines' })), but: [] };
  }
  return { uses: [], but: engines.map((id) => `subnet ${id}`) };
}

/** The record is younger than the registry. */
function unlessAbsent(error: unknown): null {
  if (error instanceof WatchError && error.code === 'registry-key-absent') return null;
  throw error;
}

/** One odd record is one that is not read; the others count. `read` gives null for what is told elsewhere. */
async function useOf(
  reading: Reading,
  { ids, odd }: IdList,
  what: string,
  read: (id: string) => Promise<string | null>,
): Promise<PlaceRead> {
  const versions = await inBatches(ids, (id) => read(id).catch(throwOwnFailure));
  const uses: Use[] = [];
  const but = Array.from({ length: odd }, () => `a ${what} without a readable id`);
  for (const [index, version] of versions.entries()) {
    const by = `${what} ${ids[index]}`;
    if (version === undefined) but.push(by);
    else if (version !== null) uses.push({ version, by });
  }
  return { uses, but: ids.length > 0 && versions.every((version) => version === undefined) ? null : but };
}

async function record(reading: Reading, key: string): Promise<Uint8Array> {
  const arg = getValueRequest(key, reading.version);
  return readValue(key, await query(reading, reading.canisterId, 'get_value', arg));
}
