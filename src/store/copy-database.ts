import { sql, type Transaction } from 'kysely';
import { WatchError } from '../domain/errors.ts';
import type { Database, Queries } from './database.ts';
import { migrate, requireNewestSchema } from './migrate.ts';
import type { Tables } from './tables.ts';

const ROWS_AT_ONCE = 500;
/** Kept by `migrate` itself. */
const OF_MIGRATIONS = ['schema_migrations', 'kysely_migration', 'kysely_migration_lock'];
/** What others refer to comes first. */
const FIRST = ['runs', 'proposals', 'verdicts', 'notices'];

export interface CopiedTable {
  readonly table: string;
  readonly rows: number;
}

/** A row of any table: our columns hold texts, numbers and nothing else. */
type Row = Readonly<Record<string, unknown>>;

/**
 * Copies every row into an empty database and reads each one back: all of them, or nothing. No other process may use
 * either meanwhile.
 */
export async function copyDatabase(from: Database, to: Database): Promise<readonly CopiedTable[]> {
  await requireNewestSchema(from);
  await migrate(to);
  const tables = await tablesOf(from);
  return from.db.transaction().execute((source) =>
    to.db.transaction().execute(async (target) => {
      const copied: CopiedTable[] = [];
      for (const table of tables) copied.push(await copyTable(table, source, target));
      return copied;
    }),
  );
}

async function tablesOf({ db }: Database): Promise<readonly string[]> {
  const tables = await db.introspection.getTables();
  const names = tables.map(({ name }) => name).filter((name) => !OF_MIGRATIONS.includes(name));
  return [...FIRST, ...names.filter((name) => !FIRST.includes(name)).sort()];
}

async function copyTable(table: string, source: Queries, target: Transaction<Tables>): Promise<CopiedTable> {
  const rows = await rowsOf(table, source);
  if ((await rowsOf(table, target)).length > 0) {
    throw new WatchError(
      'input',
      'database-not-empty',
      'The database to copy into holds rows already: name an empty one.',
    );
  }
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    const some = rows.slice(at, at + ROWS_AT_ONCE);
    await target
      .insertInto(table as keyof Tables)
      .values(some)
      .execute();
  }
  const there = await rowsOf(table, target);
  if (JSON.stringify(inOrder(there)) !== JSON.stringify(inOrder(rows))) {
    throw new WatchError('storage', 'copy-differs', `Not every row of ${table} came through: nothing was kept.`);
  }
  return { table, rows: rows.length };
}

async function rowsOf(table: string, queries: Queries): Promise<readonly Row[]> {
  return (await sql<Row>`select * from ${sql.table(table)}`.execute(queries)).rows;
}

/** As texts, whatever order the columns and rows came in. */
function inOrder(rows: readonly Row[]): readonly string[] {
  return rows.map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();
}
