import { principalFromText } from '../principal.ts';
import { noSuchMethod, trap, type Answer, type CallContext, type Canister } from '../canister.ts';
import type { ProposalBook } from './book.ts';
import { governanceMethods } from './idl.ts';
import { knownNeurons, neuronInfo, neuronVotes, REJECTED_NEURON, type VotesRequest } from './neurons.ts';
import { Status, Topic, rewardStatus, toProposalInfo, type StoredProposal } from './proposal.ts';

export const GOVERNANCE_ID = 'rrkah-fqaaa-aaaaa-aaaaq-cai';
/** MAX_LIST_PROPOSAL_RESULTS of the governance canister. */
const MAX_LISTED = 100;

interface Call {
  args: unknown[];
  newestFirst: StoredProposal[];
  nowSeconds: bigint;
  find: (id: bigint) => StoredProposal | undefined;
}

/** What an anonymous caller may ask; each method can be called as a query or, for a certified answer, as an update. */
const METHODS: Record<string, (call: Call) => unknown> = {
  get_proposal_info: getProposalInfo,
  list_proposals: listProposals,
  get_pending_proposals: getPendingProposals,
  get_neuron_info: ({ args, newestFirst, nowSeconds }) =>
    neuronResult(neuronInfo(args[0] as bigint, newestFirst, nowSeconds)),
  get_neuron_info_by_id_or_subaccount: ({ args, newestFirst, nowSeconds }) => {
    const key = args[0] as { NeuronId: { id: bigint } } | { Subaccount: Uint8Array };
    return neuronResult('NeuronId' in key ? neuronInfo(key.NeuronId.id, newestFirst, nowSeconds) : null);
  },
  list_known_neurons: knownNeurons,
  list_neuron_votes: ({ args, newestFirst }) => neuronVotes(args[0] as VotesRequest, newestFirst),
  get_build_metadata: () => 'profile: release\n',
};

export async function governanceCanister(book: ProposalBook): Promise<Canister> {
  const types = await governanceMethods();
  const call = (method: string, arg: Uint8Array, context: CallContext): Answer => {
    const run = METHODS[method];
    const type = types.get(method);
    if (run === undefined || type === undefined) return noSuchMethod(GOVERNANCE_ID, method);
    let args: unknown[];
    try {
      args = type.decode(arg);
    } catch (error) {
      return trap(GOVERNANCE_ID, `failed to decode call arguments: ${String(error)}`);
    }
    if (args[0] === REJECTED_NEURON) return trap(GOVERNANCE_ID, 'Panicked at a neuron');
    const newestFirst = book.newestFirst(context.view);
    const result = run({
      args,
      newestFirst: context.omitNewestElection ? withoutNewestElection(newestFirst) : newestFirst,
      nowSeconds: BigInt(Math.trunc(context.now / 1000)),
      find: (id) => book.get(context.view, id),
    });
    return { reply: type.encode(result) };
  };
  return { id: principalFromText(GOVERNANCE_ID)!, name: 'governance', call };
}

function getProposalInfo({ args, nowSeconds, find }: Call): unknown {
  const proposal = find(args[0] as bigint);
  if (proposal === undefined || isRestricted(proposal)) return [];
  return [
    toProposalInfo(proposal, {
      action: true,
      selfDescribingAction: true,
      blanksLargePayload: false,
      omitsLogos: false,
      nowSeconds,
    }),
  ];
}

interface ListRequest {
  include_reward_status: Iterable<number>;
  before_proposal: [] | [{ id: bigint }];
  limit: number;
  exclude_topic: Iterable<number>;
  include_all_manage_neuron_proposals: [] | [boolean];
  include_status: Iterable<number>;
  omit_large_fields: [] | [boolean];
  return_self_describing_action: [] | [boolean];
}

function listProposals({ args, newestFirst, nowSeconds }: Call): unknown {
  const request = args[0] as ListRequest;
  const before = request.before_proposal[0]?.id;
  const excluded = new Set(request.exclude_topic);
  const statuses = new Set(request.include_status);
  const rewards = new Set(request.include_reward_status);
  const limit = request.limit === 0 || request.limit > MAX_LISTED ? MAX_LISTED : request.limit;
  const showsRestricted = request.include_all_manage_neuron_proposals[0] === true;
  const listed = newestFirst.filter(
    (proposal) =>
      (before === undefined || proposal.id < before) &&
      !excluded.has(proposal.topic) &&
      (statuses.size === 0 || statuses.has(proposal.status)) &&
      (rewards.size === 0 || rewards.has(rewardStatus(proposal, nowSeconds))) &&
      (showsRestricted || !isRestricted(proposal)),
  );
  const describing = request.return_self_describing_action[0] === true;
  const omitsLogos = request.omit_large_fields[0] === true;
  return { proposal_info: infos(listed.slice(0, limit), { describing, omitsLogos, nowSeconds }) };
}

function getPendingProposals({ args, newestFirst, nowSeconds }: Call): unknown {
  const request = (args[0] as [] | [{ return_self_describing_action: [] | [boolean] }] | undefined)?.[0];
  const open = newestFirst.filter((proposal) => proposal.status === Status.open && !isRestricted(proposal));
  const describing = request?.return_self_describing_action[0] === true;
  return infos(open, { describing, omitsLogos: false, nowSeconds });
}

interface Listing {
  describing: boolean;
  omitsLogos: boolean;
  nowSeconds: bigint;
}

function infos(proposals: StoredProposal[], { describing, omitsLogos, nowSeconds }: Listing): unknown[] {
  const display = {
    action: !describing,
    selfDescribingAction: describing,
    blanksLargePayload: true,
    omitsLogos,
    nowSeconds,
  };
  return proposals.map((proposal) => toProposalInfo(proposal, display));
}

/** Proposals to manage a neuron are shown only to who may, which an anonymous caller is not. */
function isRestricted({ topic }: StoredProposal): boolean {
  return topic === Topic.neuronManagement;
}

function withoutNewestElection(newestFirst: StoredProposal[]): StoredProposal[] {
  const newest = newestFirst.find(({ topic }) => topic === Topic.icOsVersionElection);
  return newestFirst.filter((proposal) => proposal !== newest);
}

function neuronResult(info: unknown): unknown {
  return info === null ? { Err: { error_message: 'Neuron not found', error_type: 5 } } : { Ok: info };
}
