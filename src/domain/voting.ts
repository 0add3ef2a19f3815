import type { Outcome, Tier } from './check.ts';
import { unreachable } from './errors.ts';
import type { ProposalId } from './ids.ts';
import type { ProposalStatus } from './proposal.ts';

/** Governance of the NNS, to which every ballot goes. */
const GOVERNANCE = 'rrkah-fqaaa-aaaaa-aaaaq-cai';

/** What of a verdict the advice rests on. */
export interface AdvisedVerdict {
  readonly outcome: Outcome;
  readonly confirmed: boolean | null;
  readonly results: readonly { readonly outcome: string; readonly tier: Tier }[];
}

/** What the advice is about. */
export interface Advised {
  /** `mainnet`, or `NOT MAINNET: …`: elsewhere the number is another proposal, of which nothing was verified. */
  readonly network: string;
  readonly status: ProposalStatus;
  /** UTC seconds. */
  readonly deadlineAt: number | null;
  /** null: there is none, or it cannot be read. */
  readonly verdict: AdvisedVerdict | null;
}

/** What follows for a vote from what was found. */
export interface VoteAdvice {
  readonly kind: 'vote-freely' | 'do-not-adopt' | 'no-ground';
  readonly sentence: string;
  /** Which ballots may be offered ready to be sent. */
  readonly ballots: 'either' | 'reject' | 'none';
}

/** Whether a vote would still count: for rewards it does until the deadline, also after the decision. */
export function votesCount({ status, deadlineAt }: Pick<Advised, 'status' | 'deadlineAt'>, now: number): boolean {
  return deadlineAt === null ? status === 'open' : now < deadlineAt;
}

/**
 * The advice of an outcome, and of nothing else: a ballot that adopts is ready to be sent only after a verified verdict
 * that nothing of its own contradicts. null: no vote counts, or none that this verdict is about. `now`: UTC seconds.
 */
export function voteAdvice(advised: Advised, now: number): VoteAdvice | null {
  const { network, verdict } = advised;
  if (network !== 'mainnet' || !votesCount(advised, now)) return null;
  if (verdict === null) return noGround('There is no verdict yet to base a vote on.');
  const contradicted = verdict.results.some(({ outcome, tier }) => outcome === 'mismatch' && tier !== 'advisory');
  switch (verdict.outcome) {
    case 'verified':
      if (contradicted) return doNotAdopt('none');
      return {
        kind: 'vote-freely',
        sentence: 'The image reproduces from its source; how you vote is up to you.',
        ballots: 'either',
      };
    case 'mismatch':
      return doNotAdopt(verdict.confirmed === true ? 'reject' : 'none');
    case 'inconclusive':
      if (contradicted) return doNotAdopt('none');
      return noGround('It could not be verified, which is a reason neither to adopt nor to reject.');
    default:
      return unreachable(verdict.outcome);
  }
}

function doNotAdopt(ballots: 'reject' | 'none'): VoteAdvice {
  return { kind: 'do-not-adopt', sentence: 'Do not adopt until this is explained.', ballots };
}

function noGround(sentence: string): VoteAdvice {
  return { kind: 'no-ground', sentence, ballots: 'none' };
}

/** One command that votes; `NEURON_ID` is the reader's to fill in. */
export interface VoteCommand {
  readonly command: string;
  /** What else it needs; null: nothing. */
  readonly remark: string | null;
}

/** @see https://github.com/dfinity/quill (quill vote), governance.did (RegisterVote: 1 adopts, 2 rejects) */
export function voteCommands(id: ProposalId, { ballots }: VoteAdvice): readonly VoteCommand[] {
  if (ballots === 'none') return [];
  const either = ballots === 'either';
  const ballot = `RegisterVote = record { vote = ${either ? 'VOTE' : '2'} : int32; proposal = opt record { id = ${id} : nat64 } }`;
  const neuron = 'id = opt record { id = NEURON_ID : nat64 }';
  const argument = `(record { ${neuron}; command = opt variant { ${ballot} } })`;
  return [
    {
      command: `quill vote NEURON_ID --proposal-id ${id} --${either ? 'approve' : 'reject'}`,
      remark: either ? 'or --reject' : null,
    },
    {
      command: `dfx canister --network ic call ${GOVERNANCE} manage_neuron '${argument}'`,
      remark: either ? 'with VOTE 1 to adopt, 2 to reject' : null,
    },
  ];
}
