/** Numbers of the enumerations. @see dfinity/ic rs/nns/governance/proto/ic_nns_governance/pb/v1/governance.proto */
export const Topic = {
  neuronManagement: 1,
  networkEconomics: 3,
  governance: 4,
  nodeAdmin: 5,
  participantManagement: 6,
  subnetManagement: 7,
  applicationCanisterManagement: 8,
  nodeProviderRewards: 10,
  icOsVersionDeployment: 12,
  icOsVersionElection: 13,
  snsAndCommunityFund: 14,
  protocolCanisterManagement: 17,
} as const;

export const Status = { open: 1, rejected: 2, adopted: 3, executed: 4, failed: 5 } as const;
export const RewardStatus = { acceptVotes: 1, readyToSettle: 2, settled: 3, ineligible: 4 } as const;
export const Vote = { unspecified: 0, yes: 1, no: 2 } as const;

/** What a payload holds, for readers that show it: the dashboard and the self-describing action. */
export type Shown = string | null | Shown[] | { blob: Uint8Array } | { fields: Record<string, Shown> };

export interface NnsFunction {
  number: number;
  name: string;
  payload: Uint8Array;
  /** Null where the payload cannot be decoded. */
  shown: Shown;
}

export type Action =
  | { kind: 'nns'; nns: NnsFunction }
  /** Any other variant, with its candid value. */
  | { kind: 'other'; label: string; value: unknown };

export interface Tally {
  yes: bigint;
  no: bigint;
  total: bigint;
}

export interface StoredProposal {
  id: bigint;
  topic: number;
  status: number;
  proposer: bigint;
  title: string | null;
  summary: string;
  url: string;
  /** Times in seconds; 0 = has not happened. */
  submitted: bigint;
  deadline: bigint;
  decided: bigint;
  failureReason: string | null;
  tally: Tally;
  action: Action;
  /** Votes of known neurons, by neuron id. */
  votes: Map<bigint, number>;
}

const DAY = 86_400n;
/** How the known neurons voted on what is long decided: the foundation for, one reviewer against. */
export const RESTED_VOTES = new Map<bigint, number>([
  [27n, Vote.yes],
  [28n, Vote.yes],
  [2649066124191664356n, Vote.no],
  [17212304975669116357n, Vote.yes],
  [1730676817598423123n, Vote.yes],
]);

/** Voting power of the whole network as it stood in August 2025. */
export const TOTAL_VOTING_POWER = 46_334_384_189_105_008n;

export function rewardStatus(proposal: StoredProposal, nowSeconds: bigint): number {
  if (proposal.topic === Topic.neuronManagement) return RewardStatus.ineligible;
  if (nowSeconds < proposal.deadline) return RewardStatus.acceptVotes;
  return nowSeconds < proposal.deadline + DAY ? RewardStatus.readyToSettle : RewardStatus.settled;
}

/** What a call shows of a proposal. @see dfinity/ic rs/nns/governance/src/pb/proposal_conversions.rs */
export interface Display {
  action: boolean;
  selfDescribingAction: boolean;
  /** Whether a payload over 1000 bytes is replaced by an empty one. */
  blanksLargePayload: boolean;
  /** Whether logos are left out. */
  omitsLogos: boolean;
  nowSeconds: bigint;
}

/** EXECUTE_NNS_FUNCTION_PAYLOAD_LISTING_BYTES_MAX of the governance canister. */
const LISTED_PAYLOAD_MAX = 1000;

/** The candid value of ProposalInfo as an anonymous caller sees it: without ballots. */
export function toProposalInfo(proposal: StoredProposal, display: Display): unknown {
  const { id, topic, status, proposer, submitted, deadline, decided, failureReason } = proposal;
  const settled = rewardStatus(proposal, display.nowSeconds) === RewardStatus.settled;
  return {
    id: [{ id }],
    status,
    topic,
    failure_reason: failureReason === null ? [] : [{ error_message: failureReason, error_type: 10 }],
    ballots: [],
    proposal_timestamp_seconds: submitted,
    reward_event_round: settled ? deadline / DAY - 18_000n : 0n,
    deadline_timestamp_seconds: [deadline],
    failed_timestamp_seconds: status === Status.failed ? decided : 0n,
    reject_cost_e8s: 2_500_000_000n,
    derived_proposal_information: [],
    latest_tally: [{ ...proposal.tally, timestamp_seconds: decided === 0n ? display.nowSeconds : decided }],
    total_potential_voting_power: [TOTAL_VOTING_POWER + 4_224_902_512_306_618n],
    reward_status: rewardStatus(proposal, display.nowSeconds),
    decided_timestamp_seconds: decided,
    proposal: [
      {
        url: proposal.url,
        title: proposal.title === null ? [] : [proposal.title],
        summary: proposal.summary,
        action: display.action ? [toAction(proposal.action, display)] : [],
        self_describing_action: display.selfDescribingAction ? [toSelfDescribing(proposal.action)] : [],
      },
    ],
    proposer: [{ id: proposer }],
    executed_timestamp_seconds: status === Status.executed ? decided : 0n,
  };
}

function toAction(action: Action, { blanksLargePayload, omitsLogos }: Display): unknown {
  if (action.kind === 'other') {
    const bare = omitsLogos && action.label === 'CreateServiceNervousSystem';
    return { [action.label]: bare ? { ...(action.value as object), logo: [] } : action.value };
  }
  const { number, payload } = action.nns;
  const blank = blanksLargePayload && payload.length > LISTED_PAYLOAD_MAX;
  return { ExecuteNnsFunction: { nns_function: number, payload: blank ? new Uint8Array() : payload } };
}

function toSelfDescribing(action: Action): unknown {
  const label = action.kind === 'nns' ? 'ExecuteNnsFunction' : action.label;
  const description = action.kind === 'nns' ? action.nns.name : label;
  const shown = action.kind === 'nns' ? action.nns.shown : { fields: {} };
  return { type_name: [label], type_description: [description], value: [toSelfDescribingValue(shown)] };
}

function toSelfDescribingValue(shown: Shown): unknown {
  if (shown === null) return { Null: null };
  if (typeof shown === 'string') return { Text: shown };
  if (Array.isArray(shown)) return { Array: shown.map(toSelfDescribingValue) };
  if ('blob' in shown) return { Blob: shown.blob };
  return { Map: Object.entries(shown.fields).map(([key, value]) => [key, toSelfDescribingValue(value)]) };
}
