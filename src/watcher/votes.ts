import { WatchError } from '../domain/errors.ts';
import type { ProposalId } from '../domain/ids.ts';
import type { VoteStatus, Votes } from '../domain/service-ports.ts';
import { atAnyHost, type BoundaryDeps, type Session } from './boundary.ts';
import { hostFailure } from './host-failure.ts';
import { certifiedCall, notReachedError } from './certified-call.ts';
import type { PayloadDecoder } from './decode.ts';
import type { ReplyKind, ReplyOf } from './decode-worker.ts';
import { inBatches, query } from './query.ts';
import { encodeProposalId } from './raw.ts';
import { quote } from './election.ts';
import { encodeNeuronId, encodeVoteOn, MOST_BALLOTS, type NeuronView } from './votes-candid.ts';

export interface VotesDeps extends BoundaryDeps {
  readonly canisterId: string;
  readonly decode: PayloadDecoder;
  /** Neurons whose votes are looked for, by id. */
  readonly neurons: readonly string[];
}

/** What the canister says of a neuron, or refuses to, is about that one: a question that it rejects too. */
const OF_ONE_NEURON: readonly WatchError['kind'][] = ['malformed', 'limit', 'rejected'];

type Stand = 'voted' | 'unvoted' | { readonly why: string };
/** Asks the governance canister one thing, with a query or through consensus. */
type Ask = <K extends ReplyKind>(kind: K, method: string, arg: Uint8Array) => Promise<ReplyOf<K>>;

/**
 * Looks at the ballots that public neurons show. A single node may claim that a vote is missing, which makes a reminder
 * too many; that a vote was cast, which ends the reminders, is believed only where it is certified.
 */
export function createVotes(deps: VotesDeps): Votes {
  /** Votes cannot be taken back. */
  const voted = new Set<string>();
  return {
    look: async (id, outer) => {
      const waiting = deps.neurons.filter((neuron) => !voted.has(`${neuron} ${id}`));
      if (waiting.length === 0) return { unvoted: [], unclear: [] };
      const reached = await atAnyHost(deps, outer, (session) =>
        inBatches(waiting, (neuron) => standOf(neuron, id, session, deps)),
      );
      if (reached.status === 'failed') throw notReachedError(reached);
      const stands = reached.value.map((stand, index) => ({ neuron: waiting[index] ?? '', stand }));
      for (const { neuron, stand } of stands) if (stand === 'voted') voted.add(`${neuron} ${id}`);
      return voteStatusOf(stands);
    },
  };
}

function voteStatusOf(stands: readonly { neuron: string; stand: Stand }[]): VoteStatus {
  return {
    unvoted: stands.filter(({ stand }) => stand === 'unvoted').map(({ neuron }) => neuron),
    unclear: stands.flatMap(({ neuron, stand }) => (typeof stand === 'string' ? [] : [{ neuron, why: stand.why }])),
  };
}

async function standOf(neuron: string, id: ProposalId, session: Session, deps: VotesDeps): Promise<Stand> {
  const { canisterId, decode } = deps;
  const queried: Ask = async (kind, method, arg) => decode.reply(kind, await query(session, canisterId, method, arg));
  const certified: Ask = async (kind, method, arg) =>
    decode.reply(kind, (await certifiedCall(session, { canisterId, method, arg }, deps)).reply);
  try {
    const claimed = await ballotOf(neuron, id, queried).catch(nullWhereRejected);
    return claimed === 'voted' || claimed === null ? await ballotOf(neuron, id, certified) : claimed;
  } catch (error) {
    // One odd neuron is told by itself, and keeps no other from being looked at.
    const { kind } = hostFailure(session.host, error);
    const own = error instanceof WatchError ? error.kind : kind;
    if (!OF_ONE_NEURON.includes(own)) throw error;
    if (own === 'rejected') return { why: 'Governance rejects the question.' };
    return { why: 'What governance says of it cannot be read.' };
  }
}

/** One node may say so of anything: then the others are asked, through consensus. */
function nullWhereRejected(error: unknown): null {
  if (error instanceof WatchError && error.kind === 'rejected') return null;
  throw error;
}

async function ballotOf(neuron: string, id: ProposalId, ask: Ask): Promise<Stand> {
  const view = await ask('neuron', 'get_neuron_info', encodeNeuronId(neuron));
  if ('refused' in view) return { why: `Governance refuses to show it: ${quote(view.refused)}.` };
  if (!view.visible) return { why: 'It is private: its votes are shown to nobody else.' };
  if (view.voted.includes(id)) return 'voted';
  if (!view.full) return 'unvoted';
  return view.known ? await voteInHistory(neuron, id, ask) : await missingOrForgotten(view, id, ask);
}

/** Only of neurons with a name is the whole history kept. */
async function voteInHistory(neuron: string, id: ProposalId, ask: Ask): Promise<Stand> {
  const votes = await ask('neuron-votes', 'list_neuron_votes', encodeVoteOn(neuron, id));
  if ('refused' in votes) return { why: `Governance refuses to list its votes: ${quote(votes.refused)}.` };
  return votes.includes(id) ? 'voted' : 'unvoted';
}

/**
 * The latest ballots do not show the proposal. They show all that was voted since it was submitted where one of them is
 * on a proposal whose voting had closed by then.
 */
async function missingOrForgotten({ ballots }: NeuronView, id: ProposalId, ask: Ask): Promise<Stand> {
  const oldest = ballots.reduce((a, b) => (BigInt(b) < BigInt(a) ? b : a), id);
  const [proposal, reference] = await Promise.all(
    [id, oldest].map((each) => ask('proposal', 'get_proposal_info', encodeProposalId(each))),
  );
  const closed = reference?.proposal.deadlineAt ?? null;
  if (proposal && closed !== null && closed <= proposal.proposal.submittedAt) return 'unvoted';
  return { why: `It has voted so often that its latest ${MOST_BALLOTS} votes do not reach back to this proposal.` };
}
