import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { concat, fromUtf8 } from '../bytes.ts';
import { noSuchMethod, stopped, trap, type Answer, type CallContext, type Canister } from '../canister.ts';
import { principalFromText } from '../principal.ts';
import { certifiedData, certifiedResponse } from './certified.ts';
import { bytes, firstBytes, firstNumber, message, number, readMessage, text } from './protobuf.ts';
import type { View } from '../../types.ts';
import { API_BOUNDARY_NODES, oddHistory, registryHistory, type Mutation, type RegistryWorld } from './records.ts';
import { RegistryStore, type Value } from './store.ts';

export const REGISTRY_ID = 'rwlgt-iiaaa-aaaaa-aaaaa-cai';

const KEY_NOT_PRESENT = 1n;
/** When the mutations happened, nanoseconds: one time for all. */
const MUTATED_AT = 1_780_000_000_000_000_000n;

type Method = (store: RegistryStore, arg: Uint8Array, context: CallContext) => Uint8Array;

/** Methods with protobuf arguments come without candid. @see dfinity/ic rs/registry/canister/canister/canister.rs */
const METHODS: Record<string, Method> = {
  get_latest_version: (store) => number(1, store.latestVersion),
  get_value: getValue,
  get_changes_since: getChangesSince,
  get_certified_latest_version: (store, _, context) => certified(store, null, context),
  get_certified_changes_since: (store, arg, context) => certified(store, firstNumber(readMessage(arg), 1), context),
  get_api_boundary_node_ids: apiBoundaryNodeIds,
  get_build_metadata: () => new Uint8Array(IDL.encode([IDL.Text], ['profile: release\n'])),
};

export interface Registry extends Canister {
  /** One version more, which only this view sees. */
  change: (view: View, mutations: Mutation[]) => void;
}

export function registryCanister(world: RegistryWorld): Registry {
  const own = new WeakMap<View, RegistryStore>();
  const good = new RegistryStore(registryHistory(world));
  const odd = new RegistryStore(oddHistory(world));
  const call = (method: string, arg: Uint8Array, context: CallContext): Answer => {
    const fault = context.view.take('registry', () => true)?.fault;
    if (fault === 'down') return stopped(REGISTRY_ID);
    const store = fault === 'odd-records' ? odd : (own.get(context.view) ?? good);
    const run = METHODS[method];
    if (run === undefined) return noSuchMethod(REGISTRY_ID, method);
    try {
      return { reply: run(store, arg, context) };
    } catch (error) {
      return trap(REGISTRY_ID, String(error));
    }
  };
  const change = (view: View, mutations: Mutation[]): void => {
    own.set(view, new RegistryStore([...(own.get(view) ?? good).history, mutations]));
  };
  return { id: principalFromText(REGISTRY_ID)!, name: 'registry', call, change };
}

/**
 * RegistryGetValueRequest: version = 1 (a message with the number in field 1), key = 2.
 * HighCapacityRegistryGetValueResponse: error = 1 {code 1, reason 2, key 3}, version = 2, value = 3, timestamp_nanoseconds = 5.
 */
function getValue(store: RegistryStore, arg: Uint8Array): Uint8Array {
  const request = readMessage(arg);
  const asked = firstNumber(readMessage(firstBytes(request, 1)), 1);
  const version = asked === 0n ? store.latestVersion : asked;
  const key = firstBytes(request, 2);
  const found = store.valueAt(fromUtf8(key), version);
  if (found === undefined) return concat(message(1, number(1, KEY_NOT_PRESENT), bytes(3, key)), number(2, version));
  return concat(number(2, found.version), bytes(3, found.value), number(5, MUTATED_AT));
}

/**
 * RegistryGetChangesSinceRequest: version = 1. Response: version = 2, deltas = 3 {key 1, values 2 {value 1, version 2,
 * deletion_marker 3, timestamp_nanoseconds 5}}.
 */
function getChangesSince(store: RegistryStore, arg: Uint8Array): Uint8Array {
  const since = firstNumber(readMessage(arg), 1);
  const deltas = store
    .changesSince(since)
    .map(({ key, values }) => message(3, text(1, key), ...values.map((value) => message(2, registryValue(value)))));
  return concat(number(2, store.latestVersion), ...deltas);
}

function registryValue({ version, value }: Value): Uint8Array {
  const content = value === null ? number(3, 1n) : bytes(1, value);
  return concat(content, number(2, version), number(5, MUTATED_AT));
}

/** A data certificate exists only in a query. */
function certified(store: RegistryStore, since: bigint | null, { dataCertificate }: CallContext): Uint8Array {
  if (dataCertificate === null) throw new Error('data certificate is not available in replicated execution');
  return certifiedResponse(store, since, dataCertificate(certifiedData(store)));
}

function apiBoundaryNodeIds(): Uint8Array {
  const ids = IDL.Vec(IDL.Record({ id: IDL.Opt(IDL.Principal) }));
  const type = IDL.Variant({ Ok: ids, Err: IDL.Text });
  const Ok = API_BOUNDARY_NODES.map((id) => ({ id: [Principal.fromUint8Array(id)] }));
  return new Uint8Array(IDL.encode([type], [{ Ok }]));
}
