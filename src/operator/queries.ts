import { join } from 'node:path';
import type { CommitId, Sha256 } from '../domain/ids.ts';
import type { HashAnswer } from '../domain/hash-answer.ts';
import { WatchError } from '../domain/errors.ts';
import { healthOf } from '../domain/health.ts';
import { shownNetwork } from '../domain/network.ts';
import type { ElectionRow, Status } from '../domain/overview.ts';
import type { Place, ProposalHistory } from '../domain/proposal-history.ts';
import type { PageSource } from '../domain/status-queries.ts';
import { blobPart } from '../store/blobs.ts';
import { newestCanaries } from '../store/canaries.ts';
import { buildingNow, isBuildLog } from '../store/builds.ts';
import type { Database } from '../store/database.ts';
import { openDatabaseToRead } from '../store/open-database.ts';
import { createHealth, createIncidentStore } from '../store/health.ts';
import { requireNewestSchema } from '../store/migrate.ts';
import { electionsSubmitted, type ReportRow } from '../store/monthly-report.ts';
import { networkOf } from '../store/database-network.ts';
import { electionRows } from '../store/overview.ts';
import { pastBuildSeconds, pastRunSeconds } from '../store/past-runs.ts';
import { running } from '../store/service-state.ts';
import { unclaimedBuilds } from '../store/unclaimed-builds.ts';
import { proposalHistoryOf } from '../store/proposal-history.ts';
import { loadConfig, type Config } from './config.ts';
import { findNamed } from './find-named.ts';
import { answerOfHash } from './hashes.ts';
import { retainedImages, type RetainedImage } from './retained-images.ts';
import { settings } from '../config/settings.ts';
import { BUILDER_LEASES, WATCH_LEASE } from '../store/service-store.ts';
import { toolVersion } from './tool-version.ts';

export type { ReportRow } from '../store/monthly-report.ts';
export type { ElectionRow, HeldJob, Running, Status } from '../domain/overview.ts';
export type { Place, ProposalHistory, StoredNotice, StoredRun } from '../domain/proposal-history.ts';

/** What was found, the first of it whole. */
export interface Found {
  readonly history: ProposalHistory;
  readonly others: readonly Place[];
}

/** The elections that were submitted in one month. */
export interface MonthReport {
  readonly network: string;
  readonly toolVersion: string;
  /** `2026-09`, in UTC. */
  readonly month: string;
  readonly elections: readonly ReportRow[];
}

/** The database as the commands read it that change nothing, beside a service that writes. */
export interface Reader {
  readonly network: string;
  readonly toolVersion: string;
  readonly now: () => number;
  /** `all`: also what was over long ago. */
  readonly elections: (all: boolean) => Promise<readonly ElectionRow[]>;
  readonly status: () => Promise<Status>;
  /** `2026-09`. */
  readonly month: (month: string) => Promise<MonthReport>;
  /** A proposal's number, a commit, or the SHA-256 of something seen or kept; null: it is not known. */
  readonly find: (text: string) => Promise<Found | null>;
  /** What the bytes of this SHA-256 are, and whether they are verified. */
  readonly hash: (sha256: Sha256) => Promise<HashAnswer>;
  /** The images of a commit that are kept on this machine. */
  readonly images: (commit: CommitId) => Promise<readonly RetainedImage[]>;
  /** The build of a commit that goes on now; null: none does. */
  readonly building: PageSource['building'];
  /** Some bytes of a build log that is kept here; null: none of this name is. */
  readonly buildLog: PageSource['buildLog'];
  readonly close: () => Promise<void>;
}

/** Elections that ended longer ago are listed only when asked for. */
const RECENT_SECONDS = 14 * 24 * 3600;

export async function openReader(envFile: string | undefined): Promise<Reader> {
  return openReaderOf(loadConfig(process.env, envFile === undefined ? {} : { envFile }));
}

export async function openReaderOf(given: Config): Promise<Reader> {
  const { database, config } = await openToRead(given);
  const now = (): number => Date.now();
  const { db } = database;
  return {
    network: config.network,
    toolVersion,
    now,
    elections: (all) => electionRows(db, all ? null : Math.floor(now() / 1000) - RECENT_SECONDS),
    status: () => statusOf(database, config, now()),
    month: async (month) => {
      const [from, until] = monthBounds(month);
      return { network: config.network, toolVersion, month, elections: await electionsSubmitted(db, from, until) };
    },
    find: async (text) => {
      const [first, ...others] = await findNamed(db, text);
      return first ? { history: await proposalHistoryOf(db, first), others } : null;
    },
    hash: (sha256) => answerOfHash(db, sha256, config.network),
    images: (commit) => retainedImages(config.cacheDir, commit),
    building: (commit) => buildingNow(database, commit),
    buildLog: buildLogOf(database, config),
    close: database.close,
  };
}

/** Reads the build logs that are kept here, and no other blob. */
export function buildLogOf({ db }: Database, { dataDir }: Config): PageSource['buildLog'] {
  return async (name, from, bytes) =>
    (await isBuildLog(db, name)) ? blobPart(join(dataDir, 'blobs'), name, from, bytes) : null;
}

/** The database as those use it who change nothing, and the settings with the network whose elections it holds. */
export async function openToRead(config: Config): Promise<{ readonly database: Database; readonly config: Config }> {
  const database = await openDatabaseToRead(config.database);
  try {
    await requireNewestSchema(database);
    const network = shownNetwork((await networkOf(database.db)) ?? config.network, config.network);
    return { database, config: { ...config, network } };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The first millisecond of a month, and that of the next one. */
export function monthBounds(month: string): readonly [number, number] {
  const [, year, number] = /^(20\d\d)-(0[1-9]|1[0-2])$/.exec(month) ?? [];
  if (year === undefined || number === undefined) {
    throw new WatchError('input', 'month', '--month takes a year and a month, such as 2026-09.');
  }
  return [Date.UTC(Number(year), Number(number) - 1), Date.UTC(Number(year), Number(number))];
}

/** How the program is doing at this time (UTC milliseconds). */
export async function statusOf(database: Database, config: Config, at: number): Promise<Status> {
  const { db } = database;
  const [now, unclaimed, loops, troubles, elections] = await Promise.all([
    running(database),
    unclaimedBuilds(database, BUILDER_LEASES),
    createHealth(database).loops(),
    createIncidentStore(database).open(),
    electionRows(db, Math.floor(at / 1000)),
  ]);
  const watching = now.leases.includes(WATCH_LEASE);
  const { ended: canary } = await newestCanaries(db);
  const facts = { watching, loops, troubles, unclaimed, rarePolls: hasRarePolls(config), canary };
  return {
    ...now,
    network: config.network,
    toolVersion,
    at,
    health: healthOf(facts, at),
    watching,
    loops,
    troubles,
    elections: elections.filter(({ status, deadlineAt }) => status === 'open' || (deadlineAt ?? 0) * 1000 > at),
    pastRuns: await pastRunSeconds(db),
    pastBuilds: await pastBuildSeconds(db),
    canary,
  };
}

/** Looking for proposals may be set to be rare. */
export function hasRarePolls({ pollCron }: Config): boolean {
  return pollCron !== settings.pollCron.fallback;
}
