import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect, sql } from 'kysely';
import { openSqlite, type Database } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import type { Tables } from '../../src/store/tables.ts';
import { createServerDatabase, openServerDatabase } from './postgres.ts';
import { isLong } from './seeded.ts';

/** A new directory that is removed by `remove`. */
export function scratchDirectory(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'nns-watch-store-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Opens a new database, not yet migrated. */
export type Empty = () => Database | Promise<Database>;

/** A database that is not yet migrated, and how other processes open it too: its file, or `postgres:` and its name. */
interface EmptyDatabase {
  readonly address: string;
  readonly database: Database;
}

function fileOfItsOwn(): EmptyDatabase {
  const { path, remove } = scratchDirectory();
  const address = join(path, 'watch.sqlite');
  return { address, database: closedBy(openSqlite(address), remove) };
}

async function serverDatabase(): Promise<EmptyDatabase> {
  const { name, drop } = await createServerDatabase();
  return { address: `postgres:${name}`, database: closedBy(openServerDatabase(name), drop) };
}

function closedBy(database: Database, afterwards: () => unknown): Database {
  const close = async (): Promise<void> => {
    await database.close();
    await afterwards();
  };
  return { ...database, close };
}

/** Opens a shared database once more, in whatever process. */
export function openStore(address: string): Database {
  const [, name] = /^postgres:(.*)$/.exec(address) ?? [];
  return name === undefined ? openSqlite(address) : openServerDatabase(name);
}

/** A database file in a directory of its own, not yet migrated. */
export const emptySqlite = (): Database => fileOfItsOwn().database;

/** Engines that nobody uses. One takes some seconds of processor time to start, and milliseconds to be emptied. */
const idle: PGlite[] = ((globalThis as { idleEngines?: PGlite[] }).idleEngines ??= []);

/** The engine of PostgreSQL within this process, so that tests need no server; 64-bit integers come as numbers. */
export async function emptyPostgres(): Promise<Database> {
  const engine = idle.pop() ?? (await PGlite.create({ parsers: { 20: (text) => Number(text) } }));
  await engine.exec('rollback');
  await engine.exec('discard all');
  await engine.exec('drop schema public cascade; create schema public');
  const lent = new Proxy(engine, {
    get: (target, name) => {
      if (name === 'close')
        return async () => {
          if (!idle.includes(engine)) idle.push(engine);
        };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite: lent }) });
  return { db, kind: 'postgres', close: () => db.destroy() };
}

/** The engine starts in two seconds, and in many more on a machine that is busy with other tests. */
export const ENGINE_START_MS = 60_000;

/**
 * Every kind of database that the store runs on. The server, over many connections, is for the long run: the engine
 * within the process is there sooner, and what gates a change has to be quick.
 */
export const databases: readonly { kind: string; empty: Empty }[] = [
  { kind: 'SQLite', empty: emptySqlite },
  { kind: 'PostgreSQL', empty: emptyPostgres },
  ...(isLong
    ? [{ kind: 'a PostgreSQL server', empty: async (): Promise<Database> => (await serverDatabase()).database }]
    : []),
];

/** Those that several processes can use at once. */
export const sharedDatabases: readonly { kind: string; empty: () => EmptyDatabase | Promise<EmptyDatabase> }[] = [
  { kind: 'SQLite', empty: fileOfItsOwn },
  ...(isLong ? [{ kind: 'a PostgreSQL server', empty: serverDatabase }] : []),
];

export async function migrated(empty: Empty): Promise<Database> {
  const database = await empty();
  await migrate(database);
  return database;
}

/** In the order in which nothing refers to what goes. */
const TABLES = [
  'deliveries',
  'notices',
  'remote_messages',
  'mutes',
  'troubles',
  'loops',
  'marks',
  'jobs',
  'proposals',
  'verdicts',
  'evidence',
  'run_stages',
  'runs',
  'locks',
] as const;

/** Forgets everything but the schema: quicker than another database for each test. */
export async function clear({ db }: Database): Promise<void> {
  for (const table of TABLES) await db.deleteFrom(table).execute();
}

/** Takes the schema away too, as if nothing had ever been migrated: quicker than another engine. */
export async function emptied({ db, kind }: Database): Promise<void> {
  if (kind === 'postgres') {
    await sql`drop schema public cascade`.execute(db);
    await sql`create schema public`.execute(db);
    return;
  }
  await sql`pragma foreign_keys = off`.execute(db);
  for (const { name } of await db.introspection.getTables({ withInternalKyselyTables: true })) {
    await db.schema.dropTable(name).execute();
  }
  await sql`pragma foreign_keys = on`.execute(db);
}
