import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { databaseUrl } from '../../src/config/values.ts';
import { copyDatabase } from '../../src/store/copy-database.ts';
import { migrate, requireNewestSchema } from '../../src/store/migrate.ts';
import { openPostgres, serverOf } from '../../src/store/postgres.ts';
import { createServerDatabase, serverUrl } from '../support/postgres.ts';
import { emptySqlite } from '../support/databases.ts';

describe('the address of a database', () => {
  it.each([
    'postgres://me:secret@db.example:5433/watch',
    'postgresql://db.example/watch?sslmode=verify-full',
    'postgres://me@localhost/watch?host=/run/postgresql',
  ])('may be %s', (given) => {
    expect(databaseUrl.parse(given)).toEqual({ kind: 'postgres', url: given });
  });

  it.each([
    'postgres://db.example',
    'postgres://db.example/',
    'postgres:///watch',
    'postgres://db.example/a/b',
    'postgres://me:%zz@db.example/watch',
    // What checks no certificate, or is read differently by each version of the driver.
    'postgres://db.example/watch?sslmode=no-verify',
    'postgres://db.example/watch?sslmode=require',
    'postgres://db.example/watch?ssl=0',
    'postgres://db.example/watch?host=elsewhere.example',
    'mysql://db.example/watch',
  ])('is never %s', (given) => {
    expect(databaseUrl.safeParse(given).success).toBe(false);
  });

  it('means a checked certificate, but on this machine or where it says otherwise', () => {
    const checked = { rejectUnauthorized: true, minVersion: 'TLSv1.2' };
    expect(serverOf('postgres://a:b%40c@db.example/watch')).toEqual({
      ...{ host: 'db.example', port: 5432, database: 'watch', user: 'a', password: 'b@c' },
      ssl: checked,
    });
    expect(serverOf('postgres://127.0.0.2.example/w').ssl).toEqual(checked);
    expect(serverOf('postgres://db.example/w?sslmode=verify-full').ssl).toEqual(checked);
    for (const plain of ['db.example/w?sslmode=disable', 'localhost/w', '[::1]/w', '127.0.0.1/w']) {
      expect(serverOf(`postgres://${plain}`).ssl).toBe(false);
    }
  });
});

describe('a database on a server', () => {
  let server: Awaited<ReturnType<typeof createServerDatabase>>;
  let url: string;
  beforeAll(async () => {
    server = await createServerDatabase();
    url = serverUrl(server.name);
  });
  afterAll(() => server.drop());

  it('is told to be empty until it was migrated, and changes nothing for a reader', async () => {
    const reader = await openPostgres(url, { readOnly: true });
    await expect(requireNewestSchema(reader)).rejects.toMatchObject({ kind: 'input', code: 'no-database' });
    await expect(migrate(reader)).rejects.toMatchObject({ kind: 'storage', code: 'storage-read-only' });
    await reader.close();
  });

  it('takes what a file holds, every row of it, and only while it is empty', async () => {
    const file = emptySqlite();
    await migrate(file);
    const at = 2 ** 52 + 1;
    await file.db.insertInto('marks').values({ name: 'network', value: 'mainnet' }).execute();
    await file.db.insertInto('mutes').values({ proposal_id: '18446744073709551615', until_ms: at }).execute();
    const database = await openPostgres(url);
    const copied = await copyDatabase(file, database);
    expect(copied.filter(({ rows }) => rows > 0)).toEqual([
      { table: 'marks', rows: 1 },
      { table: 'mutes', rows: 1 },
    ]);
    expect(await database.db.selectFrom('mutes').selectAll().execute()).toEqual([
      { proposal_id: '18446744073709551615', until_ms: at },
    ]);
    await expect(copyDatabase(file, database)).rejects.toMatchObject({ code: 'database-not-empty' });
    await Promise.all([file.close(), database.close()]);
  });

  it('goes on with another connection where the server ended one', async () => {
    const database = await openPostgres(url);
    const ask = (): Promise<unknown> => sql`select pg_backend_pid()`.execute(database.db);
    await ask();
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'nns-watch'
      and pid <> pg_backend_pid()`.execute(database.db);
    await vi.waitFor(ask);
    await expect(sql`select pg_terminate_backend(pg_backend_pid())`.execute(database.db)).rejects.toMatchObject({
      kind: 'storage',
      code: 'database-unreachable',
    });
    await vi.waitFor(ask);
    await database.close();
  });

  it.each([
    ['that is not there', 'no_such_database', 'database-refused'],
    ['whose numbers nobody here writes', 'select 9007199254740993', 'database-number'],
  ])('says what is wrong with one %s', async (_, text, code) => {
    const isQuery = text.startsWith('select');
    const database = await openPostgres(isQuery ? url : serverUrl(text));
    await expect(sql.raw(isQuery ? text : 'select 1').execute(database.db)).rejects.toMatchObject({ code });
    await database.close();
  });

  it('is asked a few times where it cannot be reached, and then named', async () => {
    const began = Date.now();
    const database = await openPostgres('postgres://postgres@localhost/x?host=/nonexistent');
    await expect(sql`select 1`.execute(database.db)).rejects.toMatchObject({
      kind: 'storage',
      code: 'database-unreachable',
    });
    expect(Date.now() - began).toBeGreaterThan(5_000);
    await database.close();
  });
});
