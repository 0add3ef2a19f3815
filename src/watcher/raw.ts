import { IDL } from '@icp-sdk/core/candid';
import { bounded } from '../domain/bounded.ts';
import { parseProposalId } from '../domain/ids.ts';
import type { Proposal, ProposalStatus, RewardStatus, Tally } from '../domain/proposal.ts';
import type { NnsCall } from './action.ts';
import { decodeOne, firmOpt } from './firm-opt.ts';

/** A proposal without what its payload means, and the call that carries the payload. */
export interface ProposalReply {
  readonly proposal: Omit<Proposal, 'action'>;
  /** null: the action is no call of an NNS function, or one that cannot be read. */
  readonly call: NnsCall | null;
}

const Nat64 = IDL.Opt(IDL.Nat64);

/** Every other action decodes to null: most of them are none of our business, and new ones must not break reading. */
const Action = IDL.Variant({
  ExecuteNnsFunction: IDL.Record({ nns_function: IDL.Int32, payload: IDL.Vec(IDL.Nat8) }),
});

/**
 * The fields of ProposalInfo that we use. What decides is firm; what is only shown may be missing.
 * @see https://github.com/dfinity/ic/blob/master/rs/nns/governance/canister/governance.did
 */
const ProposalInfo = IDL.Record({
  id: firmOpt('id', IDL.Record({ id: IDL.Nat64 })),
  topic: firmOpt('topic', IDL.Int32),
  status: firmOpt('status', IDL.Int32),
  reward_status: IDL.Opt(IDL.Int32),
  proposer: IDL.Opt(IDL.Record({ id: IDL.Nat64 })),
  proposal: firmOpt(
    'proposal',
    IDL.Record({
      title: IDL.Opt(IDL.Text),
      summary: IDL.Opt(IDL.Text),
      url: IDL.Opt(IDL.Text),
      action: IDL.Opt(Action),
    }),
  ),
  latest_tally: IDL.Opt(IDL.Record({ yes: IDL.Nat64, no: IDL.Nat64, total: IDL.Nat64 })),
  proposal_timestamp_seconds: Nat64,
  deadline_timestamp_seconds: Nat64,
  decided_timestamp_seconds: Nat64,
  executed_timestamp_seconds: Nat64,
  failed_timestamp_seconds: Nat64,
  failure_reason: IDL.Opt(IDL.Record({ error_message: IDL.Text })),
});

export type Opt<T> = [T] | [];
/** What lists have of a proposal as well. */
export interface RawCourse {
  id: Opt<{ id: bigint }>;
  topic: Opt<number>;
  status: Opt<number>;
  reward_status: Opt<number>;
  proposal_timestamp_seconds: Opt<bigint>;
  deadline_timestamp_seconds: Opt<bigint>;
  decided_timestamp_seconds: Opt<bigint>;
  executed_timestamp_seconds: Opt<bigint>;
  failed_timestamp_seconds: Opt<bigint>;
  latest_tally: Opt<{ yes: bigint; no: bigint; total: bigint }>;
}
interface RawInfo extends RawCourse {
  proposer: Opt<{ id: bigint }>;
  proposal: Opt<{
    title: Opt<string>;
    summary: Opt<string>;
    url: Opt<string>;
    action: Opt<{ ExecuteNnsFunction: { nns_function: number; payload: Uint8Array } }>;
  }>;
  failure_reason: Opt<{ error_message: string }>;
}

/** @see https://github.com/dfinity/ic/blob/master/rs/nns/governance/proto/ic_nns_governance/pb/v1/governance.proto */
const STATUS: readonly ProposalStatus[] = ['unknown', 'open', 'rejected', 'adopted', 'executed', 'failed'];
const REWARD_STATUS: readonly RewardStatus[] = ['unknown', 'accept-votes', 'ready-to-settle', 'settled', 'ineligible'];

/** Numbers that are not known give `unknown`. */
const statusOf = ([code]: Opt<number>): ProposalStatus => STATUS[code ?? 0] ?? 'unknown';
const rewardStatusOf = ([code]: Opt<number>): RewardStatus => REWARD_STATUS[code ?? 0] ?? 'unknown';

/** The argument of get_proposal_info. */
export function encodeProposalId(id: string): Uint8Array {
  return new Uint8Array(IDL.encode([IDL.Nat64], [BigInt(id)]));
}

/** Decodes a reply of get_proposal_info. null: there is no such proposal. Throws where it cannot be read. */
export function readProposalReply(reply: Uint8Array): ProposalReply | null {
  const [info] = decodeOne(firmOpt('proposal info', ProposalInfo), reply) as Opt<RawInfo>;
  return info ? toReply(info) : null;
}

/** Twice or more what the canister takes, in characters; what it says of a failure has no bound. */
const MOST = { title: 1000, summary: 100_000, url: 4096, failure: 10_000 } as const;

function toReply(info: RawInfo): ProposalReply {
  const [body] = info.proposal;
  const id = info.id[0] ? parseProposalId(String(info.id[0].id)) : null;
  const [topic] = info.topic;
  if (!body || id === null || topic === undefined) throw new Error('a proposal without id, topic or content');
  const call = body.action[0]?.ExecuteNnsFunction;
  const proposal = {
    id,
    topic,
    title: bounded(body.title[0] ?? '', MOST.title),
    summary: bounded(body.summary[0] ?? '', MOST.summary),
    url: bounded(body.url[0] ?? '', MOST.url),
    proposer: info.proposer[0] ? String(info.proposer[0].id) : null,
    ...courseOf(info),
    failureReason: info.failure_reason[0] ? bounded(info.failure_reason[0].error_message, MOST.failure) : null,
    tally: tallyOf(info.latest_tally),
  };
  return { proposal, call: call ? { nnsFunction: call.nns_function, payload: Uint8Array.from(call.payload) } : null };
}

type Course = Pick<
  Proposal,
  'status' | 'rewardStatus' | 'submittedAt' | 'deadlineAt' | 'decidedAt' | 'executedAt' | 'failedAt'
>;

/** How far it is. */
export function courseOf(info: RawCourse): Course {
  return {
    status: statusOf(info.status),
    rewardStatus: rewardStatusOf(info.reward_status),
    submittedAt: seconds(info.proposal_timestamp_seconds) ?? 0,
    deadlineAt: seconds(info.deadline_timestamp_seconds),
    decidedAt: seconds(info.decided_timestamp_seconds),
    executedAt: seconds(info.executed_timestamp_seconds),
    failedAt: seconds(info.failed_timestamp_seconds),
  };
}

export function tallyOf([tally]: Opt<{ yes: bigint; no: bigint; total: bigint }>): Tally | null {
  return tally ? { yes: String(tally.yes), no: String(tally.no), total: String(tally.total) } : null;
}

/** The canister writes 0 for "has not happened"; what no date can hold is no time either. */
function seconds([value]: Opt<bigint>): number | null {
  return value === undefined || value === 0n || value > 8_640_000_000_000n ? null : Number(value);
}
