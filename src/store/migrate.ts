import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sql, type Kysely, type Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import { asWatchError, WatchError } from '../domain/errors.ts';
import { sha256 } from '../platform/hash.ts';
import type { Database, Queries } from './database.ts';
import type { Tables } from './tables.ts';

export interface Migration {
  readonly number: number;
  readonly name: string;
  /** Of the file's text: an applied migration is never edited. */
  readonly sha256: string;
  readonly statements: readonly string[];
}

type Applied = Pick<Migration, 'number' | 'name' | 'sha256'>;

/** The same distance from src/store in a checkout and from dist/store in a package. */
const DIRECTORY = resolve(import.meta.dirname, '../../migrations');

/**
 * Brings the database to the newest schema, all or nothing. Gives the names of what was applied. The library keeps the
 * order, one process at a time; the checksums are ours, in the table that versions before the library kept all in.
 */
export async function migrate({ db }: Database, directory: string = DIRECTORY): Promise<readonly string[]> {
  const known = readMigrations(directory);
  refuseUnlessPrefix(await appliedTo(db), known);
  const names: string[] = [];
  const up = async (trx: Transaction<Tables>, migration: Migration): Promise<void> => {
    if (await apply(trx, migration)) names.push(migration.name);
  };
  const migrations = Object.fromEntries(
    known.map((migration) => [migration.name, { up: (trx: Transaction<Tables>) => up(trx, migration) }]),
  );
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => migrations } }).migrateToLatest();
  const applied = error === undefined ? await appliedTo(db) : await appliedTo(db).catch(() => []);
  // Another version may have come in between.
  refuseUnlessPrefix(applied, known);
  if (error !== undefined) throw asWatchError(error);
  if (applied.length < known.length)
    refuse(
      'database-gap',
      `The database has no checksum of migration ${applied.length + 1}, which it has: restore a backup.`,
    );
  return names;
}

/** Names of the migrations that the database lacks; touches nothing, and refuses what `migrate` refuses. */
export async function missingMigrations({ db }: Database, directory: string = DIRECTORY): Promise<readonly string[]> {
  const known = readMigrations(directory);
  const applied = await appliedTo(db);
  refuseUnlessPrefix(applied, known);
  return known.slice(applied.length).map(({ name }) => name);
}

/** Refuses a database that `migrate` would change or refuse. */
export async function requireNewestSchema(database: Database): Promise<void> {
  const missing = await missingMigrations(database);
  if (missing.length === 0) return;
  if (missing.length === readMigrations(DIRECTORY).length) {
    throw new WatchError('input', 'no-database', 'The database is empty yet: nothing was watched or verified.');
  }
  throw new WatchError(
    'input',
    'database-older',
    `The database was written by an older nns-watch (it lacks ${missing.join(', ')}): start the service of this ` +
      'version, or run `nns-watch migrate`.',
  );
}

/** The migrations of a directory in order; throws where a number is missing, double or not four digits. */
export function readMigrations(directory: string): readonly Migration[] {
  const names = readdirSync(directory).sort();
  const migrations = names.map((name, index) => {
    const number = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1]);
    if (number !== index + 1) {
      throw new WatchError('bug', 'migrations-out-of-order', `${name} should be migration ${index + 1}`);
    }
    const text = readFileSync(join(directory, name), 'utf8');
    return { number, name, sha256: sha256(text), statements: statementsOf(text) };
  });
  if (migrations.length === 0) throw new WatchError('bug', 'no-migrations', `no migrations in ${directory}`);
  return migrations;
}

/** Statements end with a semicolon at the end of a line; comments have lines of their own. */
function statementsOf(text: string): string[] {
  return text
    .replace(/^--.*$/gm, '')
    .split(/;[ \t]*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

/** What was applied, in order; nothing where no migration ever was. */
export async function appliedTo(db: Kysely<Tables>): Promise<readonly Applied[]> {
  const tables = await db.introspection.getTables();
  if (!tables.some(({ name }) => name === 'schema_migrations')) return [];
  return db.selectFrom('schema_migrations').selectAll().orderBy('number').execute();
}

function refuseUnlessPrefix(applied: readonly Applied[], known: readonly Migration[]): void {
  applied.forEach((row, index) => {
    const expected = known[index];
    if (row.number !== index + 1) {
      refuse('database-gap', `The database lacks migration ${index + 1} but has ${row.name}: restore a backup.`);
    } else if (!expected) {
      refuse(
        'database-newer',
        `The database was written by a newer nns-watch (it has ${row.name}, this one knows ${known.length} ` +
          'migrations): install that version, or restore a backup.',
      );
    } else if (row.sha256 !== expected.sha256 || row.name !== expected.name) {
      refuse(
        'database-differs',
        `The database was made with another ${row.name} than this nns-watch has: use the version that made it.`,
      );
    }
  });
}

function refuse(code: string, message: string): never {
  throw new WatchError('input', code, message);
}

/** false: a version before the library applied it already. */
async function apply(trx: Queries, { statements, number, name, sha256 }: Migration): Promise<boolean> {
  await trx.schema
    .createTable('schema_migrations')
    .ifNotExists()
    .addColumn('number', 'integer', (column) => column.notNull().primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('sha256', 'text', (column) => column.notNull())
    .execute();
  const known = trx.selectFrom('schema_migrations').select('number').where('number', '=', number);
  if ((await known.executeTakeFirst()) !== undefined) return false;
  for (const statement of statements) await sql.raw(statement).execute(trx);
  await trx.insertInto('schema_migrations').values({ number, name, sha256 }).execute();
  return true;
}
