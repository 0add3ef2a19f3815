import { WatchError } from '../domain/errors.ts';
import type { ProposalId } from '../domain/ids.ts';
import { databaseUrl } from '../config/values.ts';
import { backupSqlite } from '../store/backup.ts';
import { copyDatabase, type CopiedTable } from '../store/copy-database.ts';
import * as operatorActions from '../store/operator-actions.ts';
import type { Database } from '../store/database.ts';
import { openDatabase, openDatabaseToRead } from '../store/open-database.ts';
import { migrate, requireNewestSchema } from '../store/migrate.ts';
import { electionRow, type ElectionRow } from '../store/overview.ts';
import { loadConfig, type Config } from './config.ts';

export type { Requeued } from '../store/operator-actions.ts';

/** What people do to the database by hand, also while a service runs on it. */
export interface OperatorActions {
  readonly network: string;
  /** UTC milliseconds. */
  readonly now: () => number;
  readonly election: (id: ProposalId) => Promise<ElectionRow>;
  /** `rebuild`: with new builds. */
  readonly requeue: (id: ProposalId, rebuild: boolean) => Promise<operatorActions.Requeued>;
  /** Gives the notifiers that it is on its way to. */
  readonly redeliver: (id: ProposalId, notifier: string | null) => Promise<readonly string[]>;
  /** UTC milliseconds; null: no longer muted. */
  readonly mute: (id: ProposalId, untilMs: number | null) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function openOperatorActions(envFile: string | undefined): Promise<OperatorActions> {
  return operatorActionsOf(configOf(envFile));
}

export async function operatorActionsOf(config: Config): Promise<OperatorActions> {
  const database = await existing(config);
  return {
    network: config.network,
    now: () => Date.now(),
    election: async (id) => (await electionRow(database.db, id)) ?? unknownElection(id),
    requeue: (id, rebuild) => operatorActions.requeue(database, id, rebuild),
    redeliver: async (id, notifier) => {
      if (notifier !== null) await refuseUnknown(database, notifier);
      return operatorActions.redeliver(database, id, notifier);
    },
    mute: (id, untilMs) => operatorActions.mute(database, id, untilMs),
    close: database.close,
  };
}

/** Brings the database to this version's schema; makes it where there is none. Gives the names of what was applied. */
export async function migrateNow(envFile: string | undefined): Promise<readonly string[]> {
  const database = await openDatabase(configOf(envFile).database);
  try {
    return await migrate(database);
  } finally {
    await database.close();
  }
}

/** Moves what a database file holds into the database of the settings, which has to be an empty one on a server. */
export async function migrateFrom(envFile: string | undefined, from: string): Promise<readonly CopiedTable[]> {
  const { database: target } = configOf(envFile);
  const source = databaseUrl.safeParse(from).data;
  if (source?.kind !== 'sqlite' || source.file === '' || target.kind !== 'postgres') {
    const sentence =
      'A database moves from a file to a server, never back: --from sqlite:FILE, with DATABASE_URL=postgres://….';
    throw new WatchError('input', 'migrate-from', sentence);
  }
  const [file, server] = [await openDatabaseToRead(source), await openDatabase(target)];
  try {
    return await copyDatabase(file, server);
  } finally {
    await file.close();
    await server.close();
  }
}

/** Copies the database to a new file. Gives the directory with the evidence that the copy refers to. */
export async function backupNow(envFile: string | undefined, target: string): Promise<{ readonly dataDir: string }> {
  const { database, dataDir } = configOf(envFile);
  if (database.kind === 'postgres') {
    const sentence = 'The database is on a PostgreSQL server: copy it with pg_dump, which reads one moment of it.';
    throw new WatchError('input', 'backup-of-a-server', sentence);
  }
  await backupSqlite(database.file, target);
  return { dataDir };
}

function configOf(envFile: string | undefined): Config {
  return loadConfig(process.env, envFile === undefined ? {} : { envFile });
}

/** Nobody asks for anything by hand in a database that is not there. */
async function existing({ database: address }: Config): Promise<Database> {
  await (await openDatabaseToRead(address)).close();
  const database = await openDatabase(address);
  try {
    await requireNewestSchema(database);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

function unknownElection(id: ProposalId): never {
  throw new WatchError(
    'input',
    'unknown-election',
    `No election ${id} is known here: the service finds open ones, and \`nns-watch verify -p ${id}\` looks at any.`,
  );
}

async function refuseUnknown(database: Database, notifier: string): Promise<void> {
  const known = await operatorActions.knownNotifiers(database);
  if (known.includes(notifier)) return;
  const names = known.length > 0 ? known.join(', ') : 'none yet';
  throw new WatchError('input', 'unknown-notifier', `No notifier is called ${notifier}. There are: ${names}.`);
}
