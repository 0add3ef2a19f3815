import type { PageSource, Shown } from '../domain/status-queries.ts';
import type { Sought } from '../domain/proposal-history.ts';
import { publicStatus, publicHistory } from '../status/public-names.ts';
import { shared } from '../status/budget.ts';
import { buildingNow } from '../store/builds.ts';
import type { Database } from '../store/database.ts';
import { chartFacts, electionHistory, totals } from '../store/election-history.ts';
import { matchesOf } from '../store/matches.ts';
import { placesOf, proposalHistoryOf } from '../store/proposal-history.ts';
import type { Config } from './config.ts';
import { retainedImages } from './retained-images.ts';
import { buildLogOf, openToRead, statusOf } from './queries.ts';
import { storedDocument } from './verdict-documents.ts';
import { toolVersion } from './tool-version.ts';

export interface OpenedPageSource {
  readonly source: PageSource;
  readonly close: () => Promise<void>;
}

/** Elections on one page of the history. */
const ON_A_PAGE = 50;
/** Most proposals, and runs, of one commit or hash that are looked at. */
const PLACES = 20;
/** More than honestly name one hash; what is said of it needs them all. */
const NAMING = 200;
/** Answers about now are as old as this at most. */
const SHARED_MS = 1000;

/** What the status page shows, over a connection that cannot write. `notifiers`: the ids of the channels told now. */
export async function openPageSource(given: Config, notifiers: readonly string[]): Promise<OpenedPageSource> {
  const { database, config } = await openToRead(given);
  return { source: pageSourceOf(database, config, notifiers), close: database.close };
}

/** The same of a database that is open already. */
export function pageSourceOf(database: Database, config: Config, notifiers: readonly string[]): PageSource {
  const { db } = database;
  const now = (): number => Date.now();
  const status = async () => publicStatus(await statusOf(database, config, now()), notifiers);
  return {
    network: config.network,
    toolVersion,
    publicUrl: config.statusPublicUrl?.replace(/\/+$/, '') ?? null,
    now,
    status: shared(status, SHARED_MS, now),
    history: async ({ page, ...sieve }) => {
      const span = { offset: (page - 1) * ON_A_PAGE, limit: ON_A_PAGE };
      const { elections, total } = await electionHistory(db, sieve, span);
      return { elections, total, pages: Math.ceil(total / ON_A_PAGE) };
    },
    chart: (since) => chartFacts(db, since),
    totals: shared(() => totals(db), SHARED_MS, now),
    find: (sought) => find(database, sought, config, notifiers),
    images: (commit) => retainedImages(config.cacheDir, commit),
    building: (commit) => buildingNow(database, commit),
    buildLog: buildLogOf(database, config),
  };
}

async function find(
  { db }: Database,
  sought: Sought,
  { network }: Config,
  notifiers: readonly string[],
): Promise<Shown | null> {
  const { places, complete } = await placesOf(db, sought, 'sha256' in sought ? NAMING : PLACES);
  const [first] = places;
  if (!first) return null;
  const history = publicHistory(await proposalHistoryOf(db, first), notifiers);
  const matches = await matchesOf(db, places, sought);
  return { history, document: storedDocument(history, { network, toolVersion }), matches, complete };
}
