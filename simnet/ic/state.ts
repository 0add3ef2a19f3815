import { equalBytes, leb128, sha256, utf8 } from './bytes.ts';
import { isRejection, type Answer, type Canister } from './canister.ts';
import { encodeCbor } from './cbor.ts';
import type { State } from './hash-tree.ts';
import type { NodeKey, SubnetKey } from './keys.ts';

/** The canister ids of the root subnet, both ends included. */
export const CANISTER_RANGE: [first: Uint8Array, last: Uint8Array] = [
  Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 1),
  Uint8Array.of(0, 0, 0, 0, 0, 0x0f, 0xff, 0xff, 1, 1),
];

export interface StateParts {
  /** Version of the endpoint: until 2 the ranges lie below /subnet, from 3 on below /canister_ranges. */
  version: number;
  nanoseconds: bigint;
  subnet: SubnetKey;
  nodes: NodeKey[];
  canisters: Canister[];
  statuses: { id: Uint8Array; answer: Answer }[];
  /** What one canister certified. */
  certified?: { canister: Uint8Array; data: Uint8Array };
}

/** The state tree of the root subnet. @see https://internetcomputer.org/docs/references/ic-interface-spec#state-tree */
export function stateTree(parts: StateParts): State {
  const { version, nanoseconds, subnet, nodes, canisters, statuses, certified } = parts;
  const ranges = encodeCbor([[...CANISTER_RANGE]]);
  const flat: State = version < 3 ? [['canister_ranges', ranges]] : [];
  const sharded: State = version < 3 ? [] : [['canister_ranges', [[subnet.id, [[CANISTER_RANGE[0], ranges]]]]]];
  const nodeTree: State = nodes.map((node) => [node.id, [['public_key', node.publicKeyDer]]]);
  return [
    ['time', leb128(nanoseconds)],
    ['subnet', [[subnet.id, [['public_key', subnet.publicKeyDer], ['node', nodeTree], ...flat]]]],
    ...sharded,
    ['canister', canisters.map((canister) => [canister.id, canisterState(canister, certified)])],
    ['request_status', statuses.map(({ id, answer }) => [id, requestStatus(answer)])],
  ];
}

function canisterState({ id, name }: Canister, certified: StateParts['certified']): State {
  const own = certified !== undefined && equalBytes(certified.canister, id);
  const data: State = own ? [['certified_data', certified.data]] : [];
  return [
    ['controllers', encodeCbor([Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 3, 1, 1)])],
    ['module_hash', sha256(utf8(name))],
    ...data,
  ];
}

function requestStatus(answer: Answer): State {
  if (!isRejection(answer))
    return [
      ['reply', answer.reply],
      ['status', utf8('replied')],
    ];
  return [
    ['error_code', utf8(answer.errorCode)],
    ['reject_code', leb128(answer.rejectCode)],
    ['reject_message', utf8(answer.message)],
    ['status', utf8('rejected')],
  ];
}
