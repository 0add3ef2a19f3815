import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { openSqlite, type Database } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import type { Tables } from '../../src/store/tables.ts';

/** A new directory that is removed by `remove`. */
export function scratchDirectory(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'nns-watch-store-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A database file in a directory of its own, not yet migrated. */
export function emptySqlite(): Database {
  const { path, remove } = scratchDirectory();
  const opened = openSqlite(join(path, 'watch.sqlite'));
  return {
    ...opened,
    close: async () => {
      await opened.close();
      remove();
    },
  };
}

/** The engine of PostgreSQL within this process, so that tests need no server; 64-bit integers come as numbers. */
export function emptyPostgres(): Database {
  const engine = new PGlite({ parsers: { 20: (text) => Number(text) } });
  const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite: engine }) });
  return { db, kind: 'postgres', close: () => db.destroy() };
}

/** The engine starts in two seconds, and in many more on a machine that is busy with other tests. */
export const ENGINE_START_MS = 60_000;

/** Every kind of database that the store runs on. */
export const databases = [
  { kind: 'SQLite', empty: emptySqlite },
  { kind: 'PostgreSQL', empty: emptyPostgres },
];

export async function migrated(empty: () => Database): Promise<Database> {
  const database = empty();
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
