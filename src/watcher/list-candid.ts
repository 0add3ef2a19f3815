import { IDL } from '@icp-sdk/core/candid';
import { parseProposalId, type ProposalId } from '../domain/ids.ts';
import type { Proposal } from '../domain/proposal.ts';
import { decodeOne } from './firm-opt.ts';
import { API_BOUNDARY_NODE_TOPIC, DEPLOYMENT_TOPIC, ELECTION_TOPIC } from './query.ts';
import { courseOf, tallyOf, type Opt, type RawCourse } from './raw.ts';

/** What of a proposal changes while people vote. */
export type Snapshot = Pick<
  Proposal,
  'status' | 'rewardStatus' | 'deadlineAt' | 'decidedAt' | 'executedAt' | 'failedAt' | 'tally'
>;

/** A proposal as lists show it: no payload is ever taken from a list, since lists blank the larger ones. */
export interface ListedProposal extends Snapshot, Pick<Proposal, 'id' | 'topic' | 'submittedAt'> {
  /** null: another action than the call of an NNS function, or one that cannot be read. */
  readonly nnsFunction: number | null;
}

export interface ListPage {
  /** In the canister's order. */
  readonly proposals: readonly ListedProposal[];
  /** How many entries of the page cannot be read. */
  readonly unreadable: number;
  /** Which these are, as far as they say so. */
  readonly unread?: readonly ProposalId[];
}

const Id = IDL.Record({ id: IDL.Nat64 });
const Time = IDL.Opt(IDL.Nat64);

/** The fields of ProposalInfo that lists are read for. None is firm, so that no proposal spoils the list of the others. */
const Listed = IDL.Record({
  id: IDL.Opt(Id),
  topic: IDL.Opt(IDL.Int32),
  status: IDL.Opt(IDL.Int32),
  reward_status: IDL.Opt(IDL.Int32),
  proposal_timestamp_seconds: Time,
  deadline_timestamp_seconds: Time,
  decided_timestamp_seconds: Time,
  executed_timestamp_seconds: Time,
  failed_timestamp_seconds: Time,
  latest_tally: IDL.Opt(IDL.Record({ yes: IDL.Nat64, no: IDL.Nat64, total: IDL.Nat64 })),
  proposal: IDL.Opt(
    IDL.Record({
      action: IDL.Opt(IDL.Variant({ ExecuteNnsFunction: IDL.Record({ nns_function: IDL.Int32 }) })),
    }),
  ),
});

interface RawListed extends RawCourse {
  proposal: Opt<{ action: Opt<{ ExecuteNnsFunction: { nns_function: number } }> }>;
}

const Response = IDL.Record({ proposal_info: IDL.Vec(Listed) });

/** Decodes a reply of list_proposals. Throws where it is none. */
export function readListPage(reply: Uint8Array): ListPage {
  const { proposal_info } = decodeOne(Response, reply) as { proposal_info: RawListed[] };
  const proposals = proposal_info.map(toListed).filter((listed) => listed !== null);
  const odd = proposal_info.filter((info) => toListed(info) === null);
  const unread = odd.map(idOf).filter((id) => id !== null);
  return { proposals, unreadable: odd.length, ...(unread.length > 0 ? { unread } : {}) };
}

const idOf = ({ id: [raw] }: RawListed): ProposalId | null => (raw ? parseProposalId(String(raw.id)) : null);

function toListed(info: RawListed): ListedProposal | null {
  const id = idOf(info);
  const [topic] = info.topic;
  if (id === null || topic === undefined) return null;
  return {
    id,
    topic,
    nnsFunction: info.proposal[0]?.action[0]?.ExecuteNnsFunction.nns_function ?? null,
    ...courseOf(info),
    tally: tallyOf(info.latest_tally),
  };
}

/**
 * Topics can only be excluded by number. One that is newer than this list appears, and is looked at by its function.
 * @see https://github.com/dfinity/ic/blob/master/rs/nns/governance/proto/ic_nns_governance/pb/v1/governance.proto
 */
const TOPICS = Array.from({ length: 19 }, (_, topic) => topic);
const OTHER_TOPICS = TOPICS.filter((topic) => topic !== ELECTION_TOPIC);
/** API boundary nodes had a topic of their own, under which their deployments may still stand. */
const NO_DEPLOYMENT = TOPICS.filter((topic) => topic !== DEPLOYMENT_TOPIC && topic !== API_BOUNDARY_NODE_TOPIC);
/** PROPOSAL_REWARD_STATUS_ACCEPT_VOTES. */
const ACCEPT_VOTES = 1;

const Request = IDL.Record({
  before_proposal: IDL.Opt(Id),
  limit: IDL.Nat32,
  exclude_topic: IDL.Vec(IDL.Int32),
  include_status: IDL.Vec(IDL.Int32),
  include_reward_status: IDL.Vec(IDL.Int32),
  omit_large_fields: IDL.Opt(IDL.Bool),
});

export interface ListRequest {
  /** Only proposals with a smaller id; null: from the newest. */
  readonly before: ProposalId | null;
  readonly limit: number;
  /** Only proposals that still accept votes. */
  readonly votingOnly: boolean;
  /** Deployments in the place of elections. */
  readonly deployments?: boolean;
}

/** The argument of list_proposals. */
export function encodeListRequest({ before, limit, votingOnly, deployments = false }: ListRequest): Uint8Array {
  const request = {
    before_proposal: before === null ? [] : [{ id: BigInt(before) }],
    limit,
    exclude_topic: deployments ? NO_DEPLOYMENT : OTHER_TOPICS,
    include_status: [],
    include_reward_status: votingOnly ? [ACCEPT_VOTES] : [],
    omit_large_fields: [true],
  };
  return new Uint8Array(IDL.encode([Request], [request]));
}
