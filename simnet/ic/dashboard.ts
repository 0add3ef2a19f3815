import type { Host, View } from '../types.ts';
import { send, sendJson } from '../http-kit.ts';
import { toHex } from './bytes.ts';
import type { ProposalBook } from './governance/book.ts';
import { KNOWN_NEURONS } from './governance/neurons.ts';
import { rewardStatus, Status, TOTAL_VOTING_POWER, type Shown, type StoredProposal } from './governance/proposal.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;

const TOPICS: Record<number, string> = {
  1: 'TOPIC_NEURON_MANAGEMENT',
  3: 'TOPIC_NETWORK_ECONOMICS',
  4: 'TOPIC_GOVERNANCE',
  5: 'TOPIC_NODE_ADMIN',
  6: 'TOPIC_PARTICIPANT_MANAGEMENT',
  7: 'TOPIC_SUBNET_MANAGEMENT',
  8: 'TOPIC_NETWORK_CANISTER_MANAGEMENT',
  10: 'TOPIC_NODE_PROVIDER_REWARDS',
  12: 'TOPIC_IC_OS_VERSION_DEPLOYMENT',
  13: 'TOPIC_IC_OS_VERSION_ELECTION',
  14: 'TOPIC_SNS_AND_COMMUNITY_FUND',
  17: 'TOPIC_PROTOCOL_CANISTER_MANAGEMENT',
};
const STATUSES: Record<number, string> = { 1: 'OPEN', 2: 'REJECTED', 3: 'ADOPTED', 4: 'EXECUTED', 5: 'FAILED' };
const REWARDS: Record<number, string> = { 1: 'ACCEPT_VOTES', 2: 'READY_TO_SETTLE', 3: 'SETTLED', 4: 'INELIGIBLE' };

/** The public dashboard's API, an indexer of its own: a cross-check, never the authority. */
export function dashboard(book: ProposalBook, clock: () => number): Host {
  return {
    names: ['ic-api.internetcomputer.org'],
    handle: (request, response, view) => {
      const url = new URL(request.url ?? '/', 'https://ic-api.internetcomputer.org');
      const one = /^\/api\/v3\/proposals\/(\d+)$/.exec(url.pathname)?.[1];
      const isList = url.pathname === '/api/v3/proposals';
      const fault = view.take('dashboard', () => true)?.fault;
      const now = BigInt(Math.trunc(clock() / 1000));
      const proposal = one === undefined ? undefined : book.get(view, BigInt(one));
      const show = (shown: StoredProposal): string => proposalJson(shown, now, fault === 'other-hash');
      if (request.method !== 'GET') send(response, 405, 'method not allowed\n');
      else if (fault === 'down') sendJson(response, 503, '{"detail":"Service Unavailable"}');
      else if (isList && fault !== 'not-found')
        sendJson(response, 200, `{"data":[${listed(book, view, url).map(show).join(',')}]}`);
      else if (proposal === undefined || fault === 'not-found') sendJson(response, 404, '{"detail":"Not found"}');
      else sendJson(response, 200, show(proposal));
    },
  };
}

function listed(book: ProposalBook, view: View, { searchParams }: URL): StoredProposal[] {
  const limit = Math.min(Number(searchParams.get('limit') ?? DEFAULT_LIMIT), MAX_LIMIT);
  const offset = Number(searchParams.get('offset') ?? 0);
  const wanted = (name: string, value: string | null): boolean => {
    const values = searchParams.getAll(name);
    return values.length === 0 || (value !== null && values.includes(value));
  };
  return book
    .newestFirst(view)
    .filter(
      ({ topic, status, action }) =>
        wanted('include_topic', TOPICS[topic] ?? null) &&
        wanted('include_status', STATUSES[status] ?? null) &&
        wanted('include_action_nns_function', action.kind === 'nns' ? action.nns.name : null),
    )
    .slice(offset, offset + limit);
}

/**
 * As the indexer writes it: `id` is a row of its database and `proposal_id` the number, ids of neurons are text, and
 * amounts are numbers beyond what a double holds. Written by hand, because JSON.stringify cannot write those.
 */
function proposalJson(proposal: StoredProposal, now: bigint, otherHash: boolean): string {
  const { action, status, decided, tally, votes } = proposal;
  const at = (wanted: number): bigint => (status === wanted ? decided : 0n);
  const ballots = KNOWN_NEURONS.filter(({ id }) => votes.has(id)).map(({ id, name }) =>
    object({ id: text(String(id)), name: text(name), vote: String(votes.get(id)) }),
  );
  return object({
    action: text(action.kind === 'nns' ? 'ExecuteNnsFunction' : action.label),
    action_nns_function: action.kind === 'nns' ? text(action.nns.name) : 'null',
    deadline_timestamp_seconds: String(proposal.deadline),
    decided_timestamp_seconds: String(decided),
    executed_timestamp_seconds: String(at(Status.executed)),
    failed_timestamp_seconds: String(at(Status.failed)),
    failure_reason: proposal.failureReason === null ? 'null' : text(proposal.failureReason),
    id: String(proposal.id - 19_874n),
    known_neurons_ballots: `[${ballots.join(',')}]`,
    latest_tally: object({
      no: String(tally.no),
      timestamp_seconds: String(decided === 0n ? now : decided),
      total: String(tally.total),
      yes: String(tally.yes),
    }),
    payload: action.kind === 'nns' ? shownJson(otherHash ? withOtherHash(action.nns.shown) : action.nns.shown) : '{}',
    proposal_id: String(proposal.id),
    proposal_timestamp_seconds: String(proposal.submitted),
    proposer: text(String(proposal.proposer)),
    reject_cost_e8s: '2500000000',
    reward_status: text(REWARDS[rewardStatus(proposal, now)] ?? 'UNKNOWN'),
    settled_at: 'null',
    status: text(STATUSES[status] ?? 'UNKNOWN'),
    summary: text(proposal.summary),
    title: proposal.title === null ? 'null' : text(proposal.title),
    topic: text(TOPICS[proposal.topic] ?? 'TOPIC_UNSPECIFIED'),
    total_potential_voting_power: String(TOTAL_VOTING_POWER + 4_224_902_512_306_618n),
    updated_at: text(new Date(Number(now) * 1000).toISOString().replace('Z', '')),
    url: text(proposal.url),
  });
}

const text = (value: string): string => JSON.stringify(value);

function object(fields: Record<string, string>): string {
  return `{${Object.entries(fields)
    .map(([name, json]) => `${text(name)}:${json}`)
    .join(',')}}`;
}

/** Bytes are shown as lower-case hex. */
function shownJson(shown: Shown): string {
  if (shown === null) return 'null';
  if (typeof shown === 'string') return text(shown);
  if (Array.isArray(shown)) return `[${shown.map(shownJson).join(',')}]`;
  if ('blob' in shown) return text(toHex(shown.blob));
  return object(Object.fromEntries(Object.entries(shown.fields).map(([name, value]) => [name, shownJson(value)])));
}

function withOtherHash(shown: Shown): Shown {
  if (shown === null || typeof shown !== 'object' || !('fields' in shown)) return shown;
  return { fields: { ...shown.fields, release_package_sha256_hex: 'ba5eba11'.repeat(8) } };
}
