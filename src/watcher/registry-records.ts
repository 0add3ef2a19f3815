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
export const subnetKey = (id: string): string => `subnet_record_${id}`;
export const apiBoundaryNodeKey = (id: string): string => `api_boundary_node_${id}`;

/** RegistryGetValueRequest: version (1, a UInt64Value) and key (2). */
export function getValueRequest(key: string, version: bigint): Uint8Array {
  return Uint8Array.from([...bytesField(1, numberField(1, version)), ...bytesField(2, Buffer.from(key))]);
}

/**
 * HighCapacityRegistryGetValueResponse: error (1), value (3), large_value_chunk_keys (4). Records that hold versions
 * are far too small to be cut into chunks, so one that is counts as not readable.
 */
export function readValue(key: string, reply: Uint8Array): Uint8Array {
  const response = readMessage(reply);
  const error = bytesOf(response, 1);
  const value = bytesOf(response, 3);
  if (error) throw new WatchError('malformed', 'registry-error', `${key}: code ${numberOf(readMessage(error), 1)}`);
  if (!value) throw new WatchError('malformed', 'registry-value-missing', `${key}: no value in the answer`);
  return value;
}

/** RegistryGetLatestVersionResponse: version (1). */
export function readLatestVersion(reply: Uint8Array): bigint {
  const version = numberOf(readMessage(reply), 1);
  if (version === 0n) throw new WatchError('malformed', 'registry-without-version', 'the registry tells no version');
  return version;
}

/** SubnetListRecord: subnets (2). The network has subnets, so an empty list is none. */
export function readSubnetList(record: Uint8Array): string[] {
  const ids = (readMessage(record).get(2) ?? []).map((id) => {
    if (!(id instanceof Uint8Array)) throw new WatchError('malformed', 'subnet-list-unreadable', 'an id is no bytes');
    return Principal.fromUint8Array(id).toText();
  });
  if (ids.length === 0) throw new WatchError('malformed', 'subnet-list-empty', 'the registry lists no subnet');
  return ids;
}

/** SubnetRecord: replica_version_id (9). */
export const subnetVersion = (record: Uint8Array): string => versionIn(record, 9);
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
export function readApiBoundaryNodeIds(reply: Uint8Array): string[] {
  const result = decodeOne(ApiBoundaryNodeIds, reply) as { Ok: { id: [Principal] | [] }[] } | { Err: string };
  if ('Err' in result) throw new WatchError('malformed', 'api-boundary-nodes-unreadable', 'the registry lists none');
  return result.Ok.map(({ id: [id] }) => {
    if (!id) throw new WatchError('malformed', 'api-boundary-node-without-id', 'a node without an id');
    return id.toText();
  });
}
