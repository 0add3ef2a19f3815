import type { StoredProposal } from './proposal.ts';
import { Topic, Vote } from './proposal.ts';

export interface KnownNeuron {
  id: bigint;
  name: string;
}

/** Named neurons of mainnet, with their real ids. */
export const KNOWN_NEURONS: KnownNeuron[] = [
  { id: 27n, name: 'DFINITY Foundation' },
  { id: 28n, name: 'ICA' },
  { id: 33138099823745946n, name: 'CO.DELTA △' },
  { id: 2649066124191664356n, name: 'CodeGov' },
  { id: 3172308420039087400n, name: 'ZenithCode' },
  { id: 4713806069430754115n, name: 'D-QUORUM' },
  { id: 16459595263909468577n, name: 'LORIMER' },
];

/** Public, but without a name: its ballots can be read all the same. */
export const PUBLIC_NEURON = 17212304975669116357n;
/** Private: its ballots stay hidden from a stranger. */
export const PRIVATE_NEURON = 1730676817598423123n;
/** One that the canister traps over. */
export const REJECTED_NEURON = 1_018_011_018_011_018_011n;

const RECENT_BALLOTS_MAX = 100;
const VOTES_LIMIT = 500;

const isPublic = (id: bigint): boolean => id === PUBLIC_NEURON || isKnown(id);
const isKnown = (id: bigint): boolean => KNOWN_NEURONS.some((neuron) => neuron.id === id);

/** The candid value of NeuronInfo; null where there is no such neuron. */
export function neuronInfo(id: bigint, newestFirst: StoredProposal[], nowSeconds: bigint): unknown {
  if (!isPublic(id) && id !== PRIVATE_NEURON) return null;
  const known = KNOWN_NEURONS.find((neuron) => neuron.id === id);
  const stake = 1_000_000_000_000n;
  return {
    id: [{ id }],
    dissolve_delay_seconds: 252_460_800n,
    recent_ballots: isPublic(id) ? recentBallots(id, newestFirst) : [],
    voting_power_refreshed_timestamp_seconds: [nowSeconds - 1_000_000n],
    potential_voting_power: [stake * 2n],
    neuron_type: [],
    deciding_voting_power: [stake * 2n],
    created_timestamp_seconds: 1_620_000_000n,
    state: 1,
    stake_e8s: stake,
    joined_community_fund_timestamp_seconds: [],
    eight_year_gang_bonus_base_e8s: [],
    retrieved_at_timestamp_seconds: nowSeconds,
    visibility: [isPublic(id) ? 2 : 1],
    known_neuron_data: known === undefined ? [] : [knownNeuronData(known)],
    voting_power: stake * 2n,
    age_seconds: nowSeconds - 1_620_000_000n,
  };
}

export function knownNeurons(): unknown {
  return {
    known_neurons: KNOWN_NEURONS.map((neuron) => ({
      id: [{ id: neuron.id }],
      known_neuron_data: [knownNeuronData(neuron)],
    })),
  };
}

function knownNeuronData({ name }: KnownNeuron): unknown {
  return {
    name,
    description: [`${name} on the loopback Internet`],
    links: [],
    committed_topics: [[[{ IcOsVersionElection: null }]]],
  };
}

/** The newest votes, without those on neuron management and exchange rates. */
function recentBallots(id: bigint, newestFirst: StoredProposal[]): unknown[] {
  return newestFirst
    .filter((proposal) => proposal.topic !== Topic.neuronManagement && proposal.topic !== 2 && proposal.votes.has(id))
    .slice(0, RECENT_BALLOTS_MAX)
    .map((proposal) => ({ vote: proposal.votes.get(id)!, proposal_id: [{ id: proposal.id }] }));
}

export interface VotesRequest {
  neuron_id: [] | [{ id: bigint }];
  before_proposal: [] | [{ id: bigint }];
  limit: [] | [bigint];
}

/** `list_neuron_votes`: known neurons only, at most 500 votes, newest first, `before_proposal` exclusive. */
export function neuronVotes(
  { neuron_id, before_proposal, limit }: VotesRequest,
  newestFirst: StoredProposal[],
): unknown {
  const id = neuron_id[0]?.id;
  if (id === undefined || !isKnown(id))
    return { Err: { error_message: 'Neuron is not a known neuron', error_type: 5 } };
  const before = before_proposal[0]?.id;
  const asked = limit[0] ?? BigInt(VOTES_LIMIT);
  const votes = newestFirst
    .filter((proposal) => (before === undefined || proposal.id < before) && proposal.votes.has(id))
    .slice(0, Number(asked > BigInt(VOTES_LIMIT) ? BigInt(VOTES_LIMIT) : asked))
    .map((proposal) => ({ vote: [voteVariant(proposal.votes.get(id)!)], proposal_id: [{ id: proposal.id }] }));
  const undecided = newestFirst.filter((proposal) => proposal.decided === 0n).map((proposal) => proposal.id);
  const finalized = undecided.at(-1) ?? newestFirst[0]?.id ?? 0n;
  return { Ok: { votes: [votes], all_finalized_before_proposal: [{ id: finalized }] } };
}

function voteVariant(vote: number): unknown {
  if (vote === Vote.yes) return { Yes: null };
  return vote === Vote.no ? { No: null } : { Unspecified: null };
}
