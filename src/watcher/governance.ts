import { asWatchError, WatchError } from '../domain/errors.ts';
import { unavailable, type Observation, type Unavailable } from '../domain/evidence.ts';
import type { ProposalId } from '../domain/ids.ts';
import type { Blobs, ProposalReader } from '../domain/ports.ts';
import type { Action, Proposal } from '../domain/proposal.ts';
import { classify } from './action.ts';
import { atAnyHost, type BoundaryDeps } from './boundary.ts';
import { certifiedCall, nothingReached } from './certified-call.ts';
import type { PayloadDecoder } from './decode.ts';
import { encodeProposalId, type ProposalReply } from './raw.ts';

export interface GovernanceDeps extends BoundaryDeps {
  readonly canisterId: string;
  readonly blobs: Blobs;
  readonly decode: PayloadDecoder;
}

const METHOD = 'get_proposal_info';

/**
 * Reads proposals with certified calls of get_proposal_info, which unlike the lists gives payloads in full. The
 * observation's file is the certificate with its request, as `recheckCertificate` takes it.
 */
export function createGovernanceReader(deps: GovernanceDeps): ProposalReader {
  return { read: (id, signal) => read(id, signal, deps) };
}

async function read(id: ProposalId, signal: AbortSignal, deps: GovernanceDeps): Promise<Observation<Proposal>> {
  const source = `canister ${deps.canisterId} ${METHOD}(${id})`;
  const call = { canisterId: deps.canisterId, method: METHOD, arg: encodeProposalId(id) };
  const reached = await atAnyHost(deps, signal, (session) => certifiedCall(session, call, deps));
  const observedAt = deps.clock.now();
  if (reached.status === 'failed') return nothingReached(reached, source, observedAt);
  const certified = `${source}, certified, via ${reached.host}`;
  const file = await deps.blobs.put(reached.value.evidence);
  try {
    const proposal = await understand(id, reached.value.reply, deps.decode);
    if (proposal) return { status: 'observed', value: proposal, source: certified, observedAt, file };
    return {
      ...unavailable('absent', 'no-such-proposal', `Proposal ${id} does not exist.`, certified, observedAt),
      file,
    };
  } catch (thrown) {
    return { ...unreadable(thrown, certified, observedAt), file };
  }
}

function unreadable(thrown: unknown, source: string, observedAt: number): Unavailable {
  const { kind, code, message } = asWatchError(thrown);
  return unavailable(kind, code, `The canister's answer cannot be read: ${message}`, source, observedAt);
}

/** null: the canister certifies that there is no such proposal. */
async function understand(id: ProposalId, reply: Uint8Array, decode: PayloadDecoder): Promise<Proposal | null> {
  const read = await decode.reply('proposal', reply);
  if (!read) return null;
  if (read.proposal.id !== id) {
    throw new WatchError('malformed', 'another-proposal', `asked for ${id}, answered with ${read.proposal.id}`);
  }
  return { ...read.proposal, action: await actionOf(read, decode) };
}

function actionOf({ proposal, call }: ProposalReply, decode: PayloadDecoder): Action | Promise<Action> {
  const classified = classify(proposal.topic, call);
  return 'action' in classified ? classified.action : decode.payload(classified.election);
}
