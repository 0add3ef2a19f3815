// The package exports these types in a way that Node's resolution does not follow.
import type * as Did from '../../node_modules/@icp-sdk/canisters/declarations/nns/governance.d.ts';

export type Governance = Did._SERVICE;
export type ListRequest = Parameters<Governance['list_proposals']>[0];
export type Info = Did.ProposalInfo;

const listing = (changes: Partial<ListRequest> = {}): ListRequest => ({
  include_reward_status: new Int32Array(),
  omit_large_fields: [],
  before_proposal: [],
  limit: 0,
  exclude_topic: new Int32Array(),
  include_all_manage_neuron_proposals: [],
  include_status: new Int32Array(),
  return_self_describing_action: [],
  ...changes,
});

export async function listed(governance: Governance, changes: Partial<ListRequest> = {}): Promise<Info[]> {
  return (await governance.list_proposals(listing(changes))).proposal_info;
}

export const idOf = (info: Info): bigint => info.id[0]!.id;
export const actionOf = (info: Info): Did.Action | undefined => info.proposal[0]!.action[0];
export function payloadOf(info: Info): Uint8Array {
  const action = actionOf(info);
  if (action === undefined || !('ExecuteNnsFunction' in action)) throw new Error('no NNS function');
  return Uint8Array.from(action.ExecuteNnsFunction.payload);
}
