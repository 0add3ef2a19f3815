import { IDL } from '@icp-sdk/core/candid';
import { parseProposalId, type ProposalId } from '../domain/ids.ts';
import { decodeOne, firmOpt } from './firm-opt.ts';
import type { Opt } from './raw.ts';

/** What a neuron lets everybody see. */
export interface NeuronView {
  /** Its ballots are shown: it is public, or has a name. */
  readonly visible: boolean;
  /** It has a name, so that its whole history can be asked for. */
  readonly known: boolean;
  /** What it had ballots for last, at most `MOST_BALLOTS`. */
  readonly ballots: readonly ProposalId[];
  /** It shows as many as it ever does, those included whose proposal cannot be read. */
  readonly full: boolean;
  /** On which of these it said yes or no. */
  readonly voted: readonly ProposalId[];
}
/** The canister's own refusal. */
export interface Refused {
  readonly refused: string;
}

/** MAX_NEURON_RECENT_BALLOTS of the governance canister. */
export const MOST_BALLOTS = 100;
/** VISIBILITY_PUBLIC. */
const PUBLIC = 2;

const Id = IDL.Record({ id: IDL.Nat64 });
const Refusal = IDL.Record({ error_message: IDL.Text });
type RawId = Opt<{ id: bigint }>;
/** A ballot of which nothing was made is shown too, as a vote that is unspecified. */
const UNSPECIFIED = 0;

/** @see https://github.com/dfinity/ic/blob/master/rs/nns/governance/canister/governance.did (NeuronInfo) */
const NeuronResult = IDL.Variant({
  Ok: IDL.Record({
    visibility: IDL.Opt(IDL.Int32),
    known_neuron_data: IDL.Opt(IDL.Reserved),
    recent_ballots: firmOpt('recent_ballots', IDL.Vec(IDL.Record({ proposal_id: IDL.Opt(Id), vote: IDL.Int32 }))),
  }),
  Err: Refusal,
});

/** The argument of get_neuron_info. */
export function encodeNeuronId(neuron: string): Uint8Array {
  return new Uint8Array(IDL.encode([IDL.Nat64], [BigInt(neuron)]));
}

/** Decodes a reply of get_neuron_info. */
export function readNeuron(reply: Uint8Array): NeuronView | Refused {
  const result = decodeOne(NeuronResult, reply) as
    | {
        Ok: {
          visibility: Opt<number>;
          known_neuron_data: unknown[];
          recent_ballots: Opt<{ proposal_id: RawId; vote: number }[]>;
        };
      }
    | { Err: { error_message: string } };
  if ('Err' in result) return { refused: result.Err.error_message };
  const known = result.Ok.known_neuron_data.length > 0;
  const visible = known || result.Ok.visibility[0] === PUBLIC;
  const ballots = result.Ok.recent_ballots[0] ?? [];
  const full = ballots.length >= MOST_BALLOTS;
  return {
    visible,
    known,
    full,
    ballots: idsOf(ballots),
    voted: idsOf(ballots.filter(({ vote }) => vote !== UNSPECIFIED)),
  };
}

const VotesRequest = IDL.Record({
  neuron_id: IDL.Opt(Id),
  before_proposal: IDL.Opt(Id),
  limit: IDL.Opt(IDL.Nat64),
});

/** The argument of list_neuron_votes that asks for the newest vote up to a proposal. */
export function encodeVoteOn(neuron: string, proposal: ProposalId): Uint8Array {
  const request = {
    neuron_id: [{ id: BigInt(neuron) }],
    before_proposal: [{ id: BigInt(proposal) + 1n }],
    limit: [1n],
  };
  return new Uint8Array(IDL.encode([VotesRequest], [request]));
}

/** Any other vote than these decodes to null. */
const Cast = IDL.Variant({ Yes: IDL.Null, No: IDL.Null });

const VotesResult = IDL.Variant({
  Ok: IDL.Record({ votes: firmOpt('votes', IDL.Vec(IDL.Record({ proposal_id: IDL.Opt(Id), vote: IDL.Opt(Cast) }))) }),
  Err: Refusal,
});

/** Decodes a reply of list_neuron_votes: the proposals on which it said yes or no. */
export function readNeuronVotes(reply: Uint8Array): readonly ProposalId[] | Refused {
  const result = decodeOne(VotesResult, reply) as
    { Ok: { votes: Opt<{ proposal_id: RawId; vote: unknown[] }[]> } } | { Err: { error_message: string } };
  if ('Err' in result) return { refused: result.Err.error_message };
  return idsOf((result.Ok.votes[0] ?? []).filter(({ vote }) => vote.length > 0));
}

function idsOf(ballots: readonly { proposal_id: RawId }[]): ProposalId[] {
  return ballots
    .map(({ proposal_id: [proposal] }) => (proposal ? parseProposalId(String(proposal.id)) : null))
    .filter((id) => id !== null);
}
