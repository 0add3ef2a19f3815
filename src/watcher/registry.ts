import type { Observation, RegistryUse } from '../domain/evidence.ts';
import type { Blobs } from '../domain/ports.ts';
import { atAnyHost, type BoundaryDeps, type Session } from './boundary.ts';
import { certifiedCall, nothingReached } from './certified-call.ts';
import { inBatches } from './in-batches.ts';
import { query } from './query.ts';
import {
  apiBoundaryNodeIdsRequest,
  apiBoundaryNodeKey,
  apiBoundaryNodeVersion,
  getValueRequest,
  readApiBoundaryNodeIds,
  readLatestVersion,
  readSubnetList,
  readValue,
  SUBNET_LIST_KEY,
  subnetKey,
  subnetVersion,
  UNASSIGNED_NODES_KEY,
  unassignedNodesVersion,
} from './registry-records.ts';

export interface RegistryDeps extends BoundaryDeps {
  readonly canisterId: string;
  readonly blobs: Blobs;
}

export interface RegistryReader {
  /** Which versions run where. What could not be read is named, never taken for unused. */
  readonly inUse: (signal: AbortSignal) => Promise<Observation<RegistryUse>>;
}

type Use = RegistryUse['inUse'][number];
type Place = RegistryUse['notRead'][number];

/** All records of one reading, at one version of the registry. */
interface Reading extends Session {
  readonly canisterId: string;
  readonly version: bigint;
}

/** Reads the registry: the list of subnets certified, single records with queries that a node signs. */
export function createRegistryReader(deps: RegistryDeps): RegistryReader {
  return { inUse: (signal) => inUse(deps, signal) };
}

async function inUse(deps: RegistryDeps, signal: AbortSignal): Promise<Observation<RegistryUse>> {
  const { canisterId, clock, blobs } = deps;
  const source = `canister ${canisterId} get_value`;
  const reached = await atAnyHost(deps, signal, (session) => readUse(session, deps));
  if (reached.status === 'failed') return nothingReached(reached, source, clock.now());
  const { value, evidence } = reached.value;
  const file = await blobs.put(evidence);
  const told = `${source}, registry version ${value.registryVersion}, via ${reached.host}`;
  return { status: 'observed', value, source: told, observedAt: clock.now(), file };
}

async function readUse(session: Session, deps: RegistryDeps): Promise<{ value: RegistryUse; evidence: Uint8Array }> {
  const { canisterId } = deps;
  const version = readLatestVersion(await query(session, canisterId, 'get_latest_version', new Uint8Array()));
  const arg = getValueRequest(SUBNET_LIST_KEY, version);
  const list = await certifiedCall(session, { canisterId, method: 'get_value', arg }, deps);
  const subnets = readSubnetList(readValue(SUBNET_LIST_KEY, list.reply));
  const reading = { ...session, canisterId, version };
  const inUse: Use[] = [];
  const notRead: Place[] = ['hostos-nodes'];
  const readers: [Place, () => Promise<Use[]>][] = [
    ['subnets', () => subnetUse(reading, subnets)],
    ['unassigned-nodes', () => unassignedNodesUse(reading)],
    ['api-boundary-nodes', () => apiBoundaryNodesUse(reading)],
  ];
  for (const [place, read] of readers) {
    const { uses, whole } = await read().then(wholeUse, (error: unknown) => partOf(error, session.signal));
    inUse.push(...uses);
    if (!whole) notRead.push(place);
  }
  return { value: { inUse, notRead, registryVersion: String(version) }, evidence: list.evidence };
}

const wholeUse = (uses: Use[]): { uses: readonly Use[]; whole: boolean } => ({ uses, whole: true });

/** A place that was read in part still shows what runs there. */
class PartlyRead extends Error {
  readonly uses: readonly Use[];
  constructor(uses: readonly Use[]) {
    super('not all records could be read');
    this.uses = uses;
  }
}

function partOf(error: unknown, signal: AbortSignal): { uses: readonly Use[]; whole: boolean } {
  signal.throwIfAborted();
  return { uses: error instanceof PartlyRead ? error.uses : [], whole: false };
}

const subnetUse = (reading: Reading, ids: string[]): Promise<Use[]> =>
  useOf(reading, ids, async (id) => ({
    version: subnetVersion(await record(reading, subnetKey(id))),
    by: `subnet ${id}`,
  }));

async function unassignedNodesUse(reading: Reading): Promise<Use[]> {
  return [{ version: unassignedNodesVersion(await record(reading, UNASSIGNED_NODES_KEY)), by: 'unassigned nodes' }];
}

async function apiBoundaryNodesUse(reading: Reading): Promise<Use[]> {
  const reply = await query(reading, reading.canisterId, 'get_api_boundary_node_ids', apiBoundaryNodeIdsRequest());
  return useOf(reading, readApiBoundaryNodeIds(reply), async (id) => ({
    version: apiBoundaryNodeVersion(await record(reading, apiBoundaryNodeKey(id))),
    by: `API boundary node ${id}`,
  }));
}

async function useOf(reading: Reading, ids: string[], read: (id: string) => Promise<Use>): Promise<Use[]> {
  const uses = await inBatches(ids, (id) => read(id).catch(() => null));
  reading.signal.throwIfAborted();
  const seen = uses.filter((use) => use !== null);
  if (seen.length < ids.length) throw new PartlyRead(seen);
  return seen;
}

async function record(reading: Reading, key: string): Promise<Uint8Array> {
  const arg = getValueRequest(key, reading.version);
  return readValue(key, await query(reading, reading.canisterId, 'get_value', arg));
}
