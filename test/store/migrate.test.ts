import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { openSqlite, type Database } from '../../src/store/database.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import {
  databases,
  emptySqlite,
  ENGINE_START_MS,
  scratchDirectory,
  sharedDatabases,
  type Empty,
} from '../support/databases.ts';
import { isLong } from '../support/seeded.ts';
import { together } from './processes.ts';

const shipped = resolve(import.meta.dirname, '../../migrations');
const names = readMigrations(shipped).map(({ name }) => name);

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function opened(empty: Empty): Promise<Database> {
  const database = await empty();
  cleanups.push(database.close);
  return database;
}

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

describe.each(databases)('migrations on $kind', ({ empty }) => {
  it(
    'are applied once, all of them, and further ones later',
    async () => {
      const database = await opened(empty);
      expect(await migrate(database)).toEqual(names);
      expect(await migrate(database)).toEqual([]);
      const next = withMore(following('-- Adds a column.\nalter table runs add column attempt integer;\n'));
      expect(await migrate(database, next)).toHaveLength(1);
      await sql`select attempt from runs`.execute(database.db);
    },
    ENGINE_START_MS,
  );

  it(
    'are undone together when one of them fails',
    async () => {
      const database = await opened(empty);
      const broken = withMore(following('create table half (id text);\ncreate table nonsense nonsense;\n'));
      await expect(migrate(database, broken)).rejects.toThrow(/syntax/);
      await expect(sql`select * from half`.execute(database.db)).rejects.toThrow(/half/);
      expect(await migrate(database)).toEqual(names);
    },
    ENGINE_START_MS,
  );
});

/** The refusals are the same on each, and the engine within the process takes seconds to start. */
const fitting = databases.filter(({ empty }) => isLong || empty === emptySqlite);

describe.each(fitting)('a database that does not fit, on $kind,', ({ empty }) => {
  it('is refused when a newer program wrote it', async () => {
    const database = await opened(empty);
    await migrate(database, withMore(following('create table newer (id text);\n')));
    await expect(migrate(database)).rejects.toMatchObject({ kind: 'input', code: 'database-newer' });
  });

  it('is refused when a migration is missing in it', async () => {
    const database = await opened(empty);
    await migrate(database, withMore(following('create table newer (id text);\n')));
    await database.db.deleteFrom('schema_migrations').where('number', '=', 1).execute();
    await expect(migrate(database)).rejects.toMatchObject({ kind: 'input', code: 'database-gap' });
  });

  it('is refused when a migration was edited after it was applied', async () => {
    const database = await opened(empty);
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
