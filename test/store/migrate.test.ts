import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite, type Database } from '../../src/store/database.ts';
import { migrate, missingMigrations, readMigrations } from '../../src/store/migrate.ts';
import { databases, emptied, ENGINE_START_MS, scratchDirectory, sharedDatabases } from '../support/databases.ts';
import { isLong } from '../support/seeded.ts';
import { together } from './processes.ts';

const shipped = resolve(import.meta.dirname, '../../migrations');
const names = readMigrations(shipped).map(({ name }) => name);

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The shipped migrations and these. */
function withMore(more: Record<string, string>): string {
  const { path, remove } = scratchDirectory();
  cleanups.push(remove);
  cpSync(shipped, path, { recursive: true });
  for (const [name, text] of Object.entries(more)) writeFileSync(join(path, name), text);
  return path;
}

const following = (text: string): Record<string, string> => ({
  [`${String(names.length + 1).padStart(4, '0')}-next.sql`]: text,
});

/** What versions before the library left: these migrations, and the one table that they were noted in. */
async function madeByAnEarlierVersion({ db }: Database, count: number): Promise<void> {
  await sql`create table schema_migrations (number integer not null primary key, name text not null,
    sha256 text not null)`.execute(db);
  for (const { number, name, sha256, statements } of readMigrations(shipped).slice(0, count)) {
    for (const statement of statements) await sql.raw(statement).execute(db);
    await db.insertInto('schema_migrations').values({ number, name, sha256 }).execute();
  }
}

describe.each(databases)('migrations on $kind', ({ empty }) => {
  let database: Database;
  beforeAll(async () => void (database = await empty()), ENGINE_START_MS);
  afterAll(() => database.close());
  beforeEach(() => emptied(database), ENGINE_START_MS);

  it('are applied once, all of them, and further ones later', async () => {
    expect(await migrate(database)).toEqual(names);
    expect(await migrate(database)).toEqual([]);
    const next = withMore(following('-- Adds a column.\nalter table runs add column attempt integer;\n'));
    expect(await migrate(database, next)).toHaveLength(1);
    await sql`select attempt from runs`.execute(database.db);
  });

  it('are undone together when one of them fails', async () => {
    const broken = withMore(following('create table half (id text);\ncreate table nonsense nonsense;\n'));
    await expect(migrate(database, broken)).rejects.toThrow(/syntax/);
    await expect(sql`select * from half`.execute(database.db)).rejects.toThrow(/half/);
    expect(await migrate(database)).toEqual(names);
  });

  it.each([1, 3, names.length])(
    'go on where an earlier version left them after %i, and keep what is there',
    async (count) => {
      await madeByAnEarlierVersion(database, count);
      await sql`insert into runs (id, mode, commit_id, stage, observations, revision, started_at_ms)
      values ('kept', 'commit', ${'a'.repeat(40)}, 'judged', 0, 1, 1)`.execute(database.db);
      expect(await missingMigrations(database)).toEqual(names.slice(count));
      expect(await migrate(database)).toEqual(names.slice(count));
      expect(await missingMigrations(database)).toEqual([]);
      expect(await migrate(database)).toEqual([]);
      expect(await database.db.selectFrom('runs').select('id').execute()).toEqual([{ id: 'kept' }]);
      const rows = await database.db.selectFrom('schema_migrations').selectAll().orderBy('number').execute();
      // What an earlier version goes by when it is installed again.
      expect(rows).toEqual(readMigrations(shipped).map(({ number, name, sha256 }) => ({ number, name, sha256 })));
    },
  );

  it('are refused when a newer program wrote the database', async () => {
    await migrate(database, withMore(following('create table newer (id text);\n')));
    await expect(migrate(database)).rejects.toMatchObject({ kind: 'input', code: 'database-newer' });
  });

  it.each([
    ['in the middle', '=', 1],
    ['at the end', '>', 1],
  ] as const)('are refused when the database has no checksum of one %s', async (_where, compares, number) => {
    await migrate(database);
    await database.db.deleteFrom('schema_migrations').where('number', compares, number).execute();
    await expect(migrate(database)).rejects.toMatchObject({ kind: 'input', code: 'database-gap' });
  });

  it('are refused when one was edited after it was applied', async () => {
    await migrate(database, withMore(following('create table one (id text);\n')));
    const edited = withMore(following('create table two (id text);\n'));
    await expect(migrate(database, edited)).rejects.toMatchObject({ kind: 'input', code: 'database-differs' });
  });
});

describe('a file that is no database', () => {
  it('is refused', () => {
    const { path, remove } = scratchDirectory();
    cleanups.push(remove);
    const file = join(path, 'watch.sqlite');
    writeFileSync(file, 'not a database, but long enough to have a header of a hundred bytes'.repeat(3));
    expect(() => openSqlite(file)).toThrow(/watch\.sqlite cannot be used: .*not a database/);
    mkdirSync(join(path, 'directory'));
    expect(() => openSqlite(join(path, 'directory'))).toThrow(/cannot be used/);
  });
});

describe('the files of migrations', () => {
  it('are numbered from one without a gap, and hold at least a statement each', () => {
    const migrations = readMigrations(shipped);
    expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, index) => index + 1));
    expect(migrations.filter(({ statements }) => statements.length === 0)).toEqual([]);
    expect(readdirSync(shipped)).toHaveLength(migrations.length);
  });

  it.each([`${String(names.length + 2).padStart(4, '0')}-gap.sql`, '0001-double.sql', 'notes.txt', '2-short.sql'])(
    'are refused with %s among them',
    (name) => {
      expect(() => readMigrations(withMore({ [name]: 'select 1;\n' }))).toThrow(/should be migration/);
    },
  );

  it('are refused when there are none', () => {
    const { path, remove } = scratchDirectory();
    cleanups.push(remove);
    expect(() => readMigrations(path)).toThrow(/no migrations/);
  });
});

describe.each(sharedDatabases)('several processes on $kind', ({ empty }) => {
  it('that open a new database at once apply every migration exactly once', async () => {
    const { address, database } = await empty();
    cleanups.push(database.close);
    const applied = await together(isLong ? 5 : 3, 'migrate', address);
    expect(applied.flat()).toEqual(names);
  });
});
