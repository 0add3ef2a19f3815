import { closeSync, fchmodSync, fstatSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import SqliteFile from 'better-sqlite3';
import {
  CompiledQuery,
  Kysely,
  sql,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type RawBuilder,
  type Transaction,
} from 'kysely';
import { asWatchError, WatchError } from '../domain/errors.ts';
import { modesIn } from '../platform/files.ts';
import { isBusy, withRetries } from './sqlite-driver.ts';
import { withPreparedStatements } from './statements.ts';
import type { Tables } from './tables.ts';

export interface Database {
  readonly db: Kysely<Tables>;
  readonly kind: 'sqlite' | 'postgres';
  /** UTC milliseconds in the place of the server's clock, for tests that turn it by hand. */
  readonly clock?: () => number;
  readonly close: () => Promise<void>;
}

/** The database itself or a transaction of it. */
export type Queries = Kysely<Tables> | Transaction<Tables>;

/** Milliseconds that a statement waits for another process's transaction. Ours are short. */
const BUSY_TIMEOUT = 10_000;
/** KiB of pages that a connection keeps; the library's own 16 MB would all be in memory once the database has grown. */
const PAGE_CACHE = 'cache_size = -1024';

/**
 * Opens the database file, creating it (and directories above it) for this user only, or for those who share its
 * directory. `patienceMs`: how long a statement waits for another process's transaction.
 */
export function openSqlite(file: string, graceMs: number = BUSY_TIMEOUT): Database {
  const connection = connect(file);
  // Whoever waits from now on leaves the process to others.
  connection.pragma('busy_timeout = 0');
  const db = new Kysely<Tables>({ dialect: new ImmediateDialect({ database: connection, graceMs }) });
  return { db, kind: 'sqlite', close: () => db.destroy() };
}

/** Opens a database file that is there already, to read it while others may write. */
export function openSqliteToRead(file: string): Database {
  if (!isThere(file)) {
    throw new WatchError(
      'input',
      'no-database',
      `There is no database at ${file} yet: nothing was watched or verified.`,
    );
  }
  const connection = connect(file);
  connection.pragma('query_only = ON');
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: withPreparedStatements(connection) }) });
  return { db, kind: 'sqlite', close: () => db.destroy() };
}

/** What lies behind a directory that is closed to us may well be there: opening it says why it cannot be read. */
function isThere(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

/** UTC milliseconds by the database's own clock: the one clock that all who share leases share too. */
export function databaseNow(database: Database): RawBuilder<number> {
  if (database.clock) return sql<number>`cast(${database.clock()} as bigint)`;
  return database.kind === 'sqlite'
    ? sql<number>`cast(unixepoch('subsec') * 1000 as integer)`
    : sql<number>`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`;
}

function connect(file: string): SqliteFile.Database {
  try {
    makePrivate(file);
    const connection = new SqliteFile(file, { timeout: BUSY_TIMEOUT });
    enterWal(connection);
    connection.pragma('synchronous = FULL');
    connection.pragma(PAGE_CACHE);
    connection.pragma('foreign_keys = ON');
    connection.pragma('trusted_schema = OFF');
    return connection;
  } catch (cause) {
    const error = asWatchError(cause);
    // That it is closed to us is a mistake in its place or its owner.
    if (error.kind === 'storage' || (error.kind === 'host' && error.code !== 'not-permitted')) throw error;
    throw new WatchError('input', 'database-unusable', `The database ${file} cannot be used: ${error.message}.`, {
      cause,
    });
  }
}

/** SQLite gives its -wal and -shm files the mode of the main file. */
function makePrivate(file: string): void {
  const directory = dirname(file);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { file: mode } = modesIn(directory);
  const descriptor = openSync(file, 'a', mode);
  try {
    // Only its owner may change it; what another user made in a shared directory is as it should be.
    if ((fstatSync(descriptor).mode & 0o777) !== mode) fchmodSync(descriptor, mode);
  } finally {
    closeSync(descriptor);
  }
}

/** SQLite does not wait when two processes change the mode of a new file at once, so we do. */
function enterWal(connection: SqliteFile.Database): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const mode = connection.pragma('journal_mode = WAL', { simple: true });
      if (mode !== 'wal') throw new Error(`write-ahead log refused (journal mode ${String(mode)})`);
      return;
    } catch (error) {
      if (!isBusy(error) || attempt === 100) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

interface ImmediateConfig {
  readonly database: SqliteFile.Database;
  readonly graceMs: number;
}

/**
 * A plain `begin` takes the write lock at the first write, and fails at once if another process wrote since the first
 * read; `begin immediate` waits for its turn instead. @see https://www.sqlite.org/lang_transaction.html
 */
class ImmediateDriver extends SqliteDriver {
  readonly #database: SqliteFile.Database;
  readonly #graceMs: number;
  #connection: DatabaseConnection | null = null;

  constructor({ database, graceMs }: ImmediateConfig) {
    super({ database: withPreparedStatements(database) });
    this.#database = database;
    this.#graceMs = graceMs;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    return (this.#connection ??= withRetries(await super.acquireConnection(), this.#graceMs));
  }

  /** What fills the disk or cannot be written ends the transaction by itself; its error is the one to be told. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.inTransaction) await super.rollbackTransaction(connection);
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

/** SQLite undoes changes of the schema as any other; the library does not count on it, as not every connection may. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class ImmediateDialect extends SqliteDialect {
  readonly #config: ImmediateConfig;

  constructor(config: ImmediateConfig) {
    super(config);
    this.#config = config;
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }

  override createDriver(): SqliteDriver {
    return new ImmediateDriver(this.#config);
  }
}
