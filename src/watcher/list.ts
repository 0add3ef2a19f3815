import { WatchError } from '../domain/errors.ts';
import type { ProposalId } from '../domain/ids.ts';
import { atAnyHost, type BoundaryDeps, type Session } from './boundary.ts';
import { certifiedCall, notReachedError } from './certified-call.ts';
import type { PayloadDecoder } from './decode.ts';
import { DEPLOYMENT_TOPIC, DEPLOYMENTS, ELECTION_TOPIC, GUESTOS_ELECTION, HOSTOS_ELECTION, query } from './query.ts';
import { encodeListRequest, type ListedProposal, type ListPage } from './list-candid.ts';

export interface ListDeps extends BoundaryDeps {
  readonly canisterId: string;
  readonly decode: PayloadDecoder;
}

export interface Wanted {
  /** Through consensus: slower, and no single node can leave anything out. */
  readonly certified: boolean;
  /** The list ends with the page that reaches this id; null: with the oldest election. */
  readonly downTo: ProposalId | null;
  /** The list ends with the page that has so many elections. */
  readonly most?: number;
  /** Only elections that still accept votes. */
  readonly votingOnly?: boolean;
  /** Deployments of versions in the place of elections. */
  readonly deployments?: boolean;
}

export interface Listing {
  /** Newest first; of whole pages. */
  readonly elections: readonly ListedProposal[];
  /** How many entries could not be read. */
  readonly unreadable: number;
  /** Which these are, as far as they say so. */
  readonly unread: readonly ProposalId[];
}

export interface ElectionList {
  /** Throws a WatchError where no host gives a list that can be believed and read: never an empty list. */
  readonly read: (wanted: Wanted, signal: AbortSignal) => Promise<Listing>;
}

const METHOD = 'list_proposals';
/**
 * Proposals a page. The canister gives at most 100, and cannot answer at all where they exceed what a reply can hold
 * (3 MiB of a query, 2 MiB of an update call; one summary has up to 30 kB): then smaller pages are asked for.
 */
const PAGES = { queried: [100, 10, 1], certified: [25, 5, 1] } as const;
const TOO_MUCH = new Set([
  'query-rejected',
  'canister-rejected',
  'answer-too-large',
  'reply-too-large',
  'reply-too-expensive',
  // One odd proposal makes a page unreadable; in smaller ones the others can be read.
  'reply-undecodable',
]);
/** Not one entry of a page can be read. */
export const UNREADABLE = 'list-unreadable';
/** All elections since 2021 are fewer; a list that goes on is made up. */
const MOST_LISTED = 5_000;

/** Lists elections, newest first, page after page. */
export function createElectionList(deps: ListDeps): ElectionList {
  return { read: (wanted, signal) => read(wanted, signal, deps) };
}

async function read(wanted: Wanted, signal: AbortSignal, deps: ListDeps): Promise<Listing> {
  const elections: ListedProposal[] = [];
  const unread: ProposalId[] = [];
  let [listed, unreadable] = [0, 0];
  let before: ProposalId | null = null;
  while (listed < MOST_LISTED) {
    const page: ListPage = await readPage(before, wanted, signal, deps);
    const last = lowestOf(page);
    elections.push(...page.proposals.filter(wanted.deployments ? isDeployment : isElection));
    unread.push(...(page.unread ?? []));
    unreadable += page.unreadable;
    listed += page.proposals.length + page.unreadable;
    const enough = wanted.most !== undefined && elections.length >= wanted.most;
    // A page that is not full says nothing: only an empty one is the end, or one that does not say where it ends.
    if (last === null || last === before || enough || (wanted.downTo !== null && BigInt(last) <= BigInt(wanted.downTo)))
      return { elections, unreadable, unread };
    before = last;
  }
  throw new WatchError('limit', 'list-too-long', `More than ${MOST_LISTED} elections are listed.`);
}

/** Where the next page begins: an entry that cannot be read is passed like any other. */
function lowestOf({ proposals, unread = [] }: ListPage): ProposalId | null {
  const ids = [...proposals.map(({ id }) => id), ...unread];
  return ids.length === 0 ? null : ids.reduce((a, b) => (BigInt(b) < BigInt(a) ? b : a));
}

/** As when the proposal itself is read: an election function counts whatever its topic is called. */
function isElection({ topic, nnsFunction }: ListedProposal): boolean {
  return topic === ELECTION_TOPIC || nnsFunction === GUESTOS_ELECTION || nnsFunction === HOSTOS_ELECTION;
}

function isDeployment({ topic, nnsFunction }: ListedProposal): boolean {
  return topic === DEPLOYMENT_TOPIC || (nnsFunction !== null && DEPLOYMENTS.includes(nnsFunction));
}

async function readPage(
  before: ProposalId | null,
  { certified, votingOnly = false, deployments = false }: Wanted,
  signal: AbortSignal,
  deps: ListDeps,
): Promise<ListPage> {
  let failure: WatchError | undefined;
  for (const limit of PAGES[certified ? 'certified' : 'queried']) {
    const arg = encodeListRequest({ before, limit, votingOnly, deployments });
    const reached = await atAnyHost(deps, signal, (session) => askPage(session, arg, certified, before, deps));
    if (reached.status === 'reached') return reached.value;
    failure = notReachedError(reached);
    if (reached.failures.length > 0 && reached.failures.every(({ code }) => code === UNREADABLE)) {
      failure = new WatchError('malformed', UNREADABLE, failure.message);
    }
    if (!reached.failures.some(({ code }) => TOO_MUCH.has(code))) break;
  }
  throw failure ?? new WatchError('bug', 'no-page-size', 'no page was asked for');
}

/** Read and looked at before the next host is given up, so that one which answers rubbish is one that is down. */
async function askPage(
  session: Session,
  arg: Uint8Array,
  certified: boolean,
  before: ProposalId | null,
  deps: ListDeps,
): Promise<ListPage> {
  const { canisterId, decode } = deps;
  const reply = certified
    ? (await certifiedCall(session, { canisterId, method: METHOD, arg }, deps)).reply
    : await query(session, canisterId, METHOD, arg);
  const page = await decode.reply('list', reply);
  // What is certified is what there is: nobody else would give another page.
  if (!certified && page.proposals.length === 0 && page.unreadable > 0) {
    throw new WatchError('malformed', UNREADABLE, 'Not one of the listed proposals can be read.');
  }
  let previous = before;
  for (const { id } of page.proposals) {
    if (previous !== null && BigInt(id) >= BigInt(previous)) {
      throw new WatchError('malformed', 'list-out-of-order', `Proposal ${id} is listed below ${previous}.`);
    }
    previous = id;
  }
  return page;
}
