import { WatchError } from '../domain/errors.ts';
import type { ProposalId } from '../domain/ids.ts';
import { isVoting } from './discover-due.ts';
import { LIST_FAILURE, Round, type Discovered, type RoundDeps } from './discover-round.ts';
import { UNREADABLE, type ElectionList, type Listing } from './list.ts';

export interface DiscoverInput {
  /** Only elections that still accept votes are taken up; what is over becomes history. Also where nothing is known. */
  readonly firstStart: boolean;
  /** Reads the list through consensus too: at start and hourly, so that no node hides a proposal for longer. */
  readonly certifiedList: boolean;
}

export interface DiscoverDeps extends RoundDeps {
  readonly list: ElectionList;
}

/** How much of the past a first start records. */
const HISTORY = 100;
/** A proposal this young may be missing in a node's list only because that node is a little behind. */
const GRACE_MS = 120_000;
/** Ids of entries that cannot be read, in one sentence. */
const NAMED = 5;

/**
 * Finds new elections and reads unfinished ones again, once. Lists are only pointers: all that is recorded was read by a
 * certified call. Throws a WatchError where the poll failed: that is never “no proposals”.
 */
export async function discover(input: DiscoverInput, deps: DiscoverDeps): Promise<Discovered> {
  const known = await deps.elections.known();
  const firstStart = input.firstStart || known.newest === null;
  const round = new Round(deps, known, firstStart);
  if (input.certifiedList) round.forgetListFailures();
  if (firstStart) await takeUpPresent(round, deps);
  else await takeUpNews(round, known.newest, input.certifiedList, deps);
  return round.result();
}

async function takeUpPresent(round: Round, deps: DiscoverDeps): Promise<void> {
  const wanted = { certified: true, downTo: null };
  const recent = await deps.list.read({ ...wanted, most: HISTORY }, deps.signal);
  // Where the newest are not all, one that is still open may be older than these.
  const voting = await deps.list.read({ ...wanted, votingOnly: true }, deps.signal);
  await round.takeUp([...voting.elections, ...recent.elections.filter(isVoting)], true);
  await round.takeUp(recent.elections.slice(0, HISTORY), true);
  await seenTo(recent, round, deps);
}

async function takeUpNews(
  round: Round,
  newest: ProposalId | null,
  certifiedList: boolean,
  deps: DiscoverDeps,
): Promise<void> {
  const startedAtMs = deps.now();
  const queried = await queriedList(round, newest, deps);
  const believed = queried !== null && (await round.takeUp(queried.elections, false));
  if (queried) reportUnreadable(queried, round);
  if (believed && !certifiedList) return;
  const certified = await deps.list.read({ certified: true, downTo: newest }, deps.signal);
  if (queried) reportHidden(queried, certified, startedAtMs - GRACE_MS, round);
  await round.takeUp(certified.elections, true);
  await seenTo(certified, round, deps);
}

/** null: a node lists without end, or no node's list can be believed or read, so that only the certified one is of use. */
async function queriedList(round: Round, downTo: ProposalId | null, deps: DiscoverDeps): Promise<Listing | null> {
  try {
    return await deps.list.read({ certified: false, downTo }, deps.signal);
  } catch (error) {
    if (!(error instanceof WatchError)) throw error;
    if (error.code === 'list-too-long') {
      round.trouble(LIST_FAILURE.invents, `A node lists proposals without end. ${error.message}`);
    } else if (error.kind === 'untrusted') {
      round.trouble(LIST_FAILURE.unsigned, `No node signs its list so that it can be believed: ${error.message}`);
    } else if (error.code === UNREADABLE) {
      round.trouble(LIST_FAILURE.unreadable, `Not one entry of the list that nodes give can be read: ${error.message}`);
    } else throw error;
    return null;
  }
}

/** What the certified list has and the queried one, as far down as it goes, has not. */
function reportHidden(queried: Listing, certified: Listing, beforeMs: number, round: Round): void {
  const shown = new Set(queried.elections.map(({ id }) => id));
  const lowest = BigInt(queried.elections.at(-1)?.id ?? 0);
  const hidden = certified.elections.filter(
    ({ id, submittedAt }) => !shown.has(id) && BigInt(id) > lowest && submittedAt * 1000 <= beforeMs,
  );
  if (hidden.length === 0) return;
  const ids = hidden.map(({ id }) => id).join(', ');
  round.trouble(LIST_FAILURE.hides, `A node left out of its list what the certified list has: proposal ${ids}.`);
}

function reportUnreadable({ unreadable, unread }: Listing, round: Round): void {
  if (unreadable === 0) return;
  const named = unread.length > 0 ? ` (${unread.slice(0, NAMED).join(', ')})` : '';
  round.trouble(LIST_FAILURE.unreadable, `${unreadable} of the listed proposals cannot be read at all${named}.`);
}

/** From here on nothing below has to be looked for again; not so where an entry of the list could not be read. */
async function seenTo(certified: Listing, round: Round, deps: DiscoverDeps): Promise<void> {
  reportUnreadable(certified, round);
  round.result();
  const [newest] = certified.elections;
  if (newest && certified.unreadable === 0) await deps.elections.record([], deps.now(), newest.id);
}
