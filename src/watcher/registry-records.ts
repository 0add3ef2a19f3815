import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { WatchError } from '../domain/errors.ts';
import { decodeOne } from './firm-opt.ts';
import { bytesField, bytesOf, numberField, numberOf, readMessage, textOf } from './protobuf.ts';

// Keys and field numbers of the registry.
// @see https://github.com/dfinity/ic/blob/master/rs/registry/keys/src/lib.rs
// @see https://github.com/dfinity/ic/blob/master/rs/registry/transport/proto/ic_registry_transport/pb/v1/transport.proto
// @see https://github.com/dfinity/ic/tree/master/rs/protobuf/def/registry
export const SUBNET_LIST_KEY = 'subnet_list';
export const UNASSIGNED_NODES_KEY = 'unassigned_nodes_config';
/**
 * What Cloud Engines run that name no version of their own. The key's text stands in no source that we could read: both
 * forms that its name suggests are asked for, and an engine whose version neither gives is told as not read.
 */
export const STANDARD_ENGINE_KEYS = [
  'standard_engine_replica_version_record',
  'standard_engine_replica_version',
] as const;
export const subnetKey = (id: string): string => `subnet_record_${id}`;
export const nodeKey = (id: string): string => `node_record_${id}`;
export const apiBoundaryNodeKey = (id: string): string => `api_boundary_node_${id}`;

/** RegistryGetValueRequest: version (1, a UInt64Value) and key (2). */
export function getValueRequest(key: string, version: bigint): Uint8Array {
  return Uint8Array.from([...bytesField(1, numberField(1, version)), ...bytesField(2, Buffer.from(key))]);
}

/** The same without a version: what the key holds now. */
export function latestValueRequest(key: string): Uint8Array {
  return bytesField(2, Buffer.from(key));
}

/**
 * HighCapacityRegistryGetValueResponse: error (1), value (3), large_value_chunk_keys (4). Records that hold versions
 * are far too small to be cut into chunks, so one that is counts as not readable.
 */
export function readValue(key: string, reply: Uint8Array): Uint8Array {
  const response = readMessage(reply);
  const error = bytesOf(response, 1);
  const value = bytesOf(response, 3);
  if (error) {
    const code = numberOf(readMessage(error), 1);
    const known = code === KEY_NOT_PRESENT ? 'registry-key-absent' : 'registry-error';
    throw new WatchError('malformed', known, `${key}: code ${code}`);
  }
  if (!value) throw new WatchError('malformed', 'registry-value-missing', `${key}: no value in the answer`);
  return value;
}

/** RegistryError.Code: the key is not there at that version. */
const KEY_NOT_PRESENT = 1n;

/** RegistryGetLatestVersionResponse: version (1). */
export function readLatestVersion(reply: Uint8Array): bigint {
  const version = numberOf(readMessage(reply), 1);
  if (version === 0n) throw new WatchError('malformed', 'registry-without-version', 'the registry tells no version');
  return version;
}

/** Ids of a list, and how many of its entries are none. */
export interface IdList {
  readonly ids: readonly string[];
  readonly odd: number;
}

/** SubnetListRecord: subnets (2). The network has subnets, so an empty list is none. */
export function readSubnetList(record: Uint8Array): IdList {
  const entries = readMessage(record).get(2) ?? [];
  if (entries.length === 0) throw new WatchError('malformed', 'subnet-list-empty', 'the registry lists no subnet');
  return idList(entries.map((entry) => (entry instanceof Uint8Array ? idOf(entry) : null)));
}

function idList(ids: readonly (string | null)[]): IdList {
  const read = ids.filter((id) => id !== null);
  return { ids: [...new Set(read)], odd: ids.length - read.length };
}

/** A principal has at most 29 bytes. @see https://internetcomputer.org/docs/references/ic-interface-spec#principal */
function idOf(bytes: Uint8Array): string | null {
  return bytes.length === 0 || bytes.length > 29 ? null : Principal.fromUint8Array(bytes).toText();
}

/** SUBNET_TYPE_CLOUD_ENGINE. */
const CLOUD_ENGINE = 5n;

/** SubnetRecord: replica_version_id (9), subnet_type (15). null: a Cloud Engine that goes with the others of its kind. */
export function subnetVersion(record: Uint8Array): string | null {
  const subnet = readMessage(record);
  const version = textOf(subnet, 9).trim();
  if (version !== '') return version;
  if (numberOf(subnet, 15) === CLOUD_ENGINE) return null;
  throw new WatchError('malformed', 'record-without-version', 'a record names no version');
}

/** SubnetRecord: membership (3), the ids of its nodes. */
export function subnetMembers(record: Uint8Array): readonly string[] {
  const entries = readMessage(record).get(3) ?? [];
  return idList(entries.map((entry) => (entry instanceof Uint8Array ? idOf(entry) : null))).ids;
}

/** NodeRecord: hostos_version_id (17). null: none was deployed to it by a proposal. */
export function hostosVersion(record: Uint8Array): string | null {
  const version = textOf(readMessage(record), 17);
  return version === '' ? null : version;
}

/**
 * StandardEngineReplicaVersionRecord: new_replica_version_id (1), old_replica_version_id (2). How far the deployment is
 * (deployment_progress, 3) does not matter: the registry keeps both elected.
 * @see https://github.com/dfinity/ic/blob/master/rs/registry/canister/src/invariants/replica_version.rs
 */
export function standardEngineVersions(record: Uint8Array): readonly string[] {
  const message = readMessage(record);
  const versions = [1, 2].map((field) => textOf(message, field).trim()).filter((version) => version !== '');
  if (versions.length < 2) throw new WatchError('malformed', 'record-without-version', 'a record names no version');
  return [...new Set(versions)];
}

/** UnassignedNodesConfigRecord: replica_version (2). */
export const unassignedNodesVersion = (record: Uint8Array): string => versionIn(record, 2);
/** ApiBoundaryNodeRecord: version (1). */
export const apiBoundaryNodeVersion = (record: Uint8Array): string => versionIn(record, 1);

function versionIn(record: Uint8Array, field: number): string {
  const version = textOf(readMessage(record), field);
  if (version === '') throw new WatchError('malformed', 'record-without-version', 'a record names no version');
  return version;
}

/** @see https://github.com/dfinity/ic/blob/master/rs/registry/canister/canister/registry.did */
const ApiBoundaryNodeIds = IDL.Variant({ Ok: IDL.Vec(IDL.Record({ id: IDL.Opt(IDL.Principal) })), Err: IDL.Text });

/** The argument of get_api_boundary_node_ids: an empty record. */
export const apiBoundaryNodeIdsRequest = (): Uint8Array => new Uint8Array(IDL.encode([IDL.Record({})], [{}]));

/** Reads a reply of get_api_boundary_node_ids, which unlike the others is candid. */
export function readApiBoundaryNodeIds(reply: Uint8Array): IdList {
  const result = decodeOne(ApiBoundaryNodeIds, reply) as { Ok: { id: [Principal] | [] }[] } | { Err: string };
  if ('Err' in result) throw new WatchError('malformed', 'api-boundary-nodes-unreadable', 'the registry lists none');
  return idList(result.Ok.map(({ id: [id] }) => id?.toText() ?? null));
}
