import { randomUUID } from 'node:crypto';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Database } from '../../src/store/database.ts';
import type { Tables } from '../../src/store/tables.ts';

/** Names the directory of the server's socket; set by postgres-server.ts. */
export const SERVER = 'NNS_TEST_POSTGRES';

/** 64-bit integers come as numbers: ours are times and counts. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/** As DATABASE_URL names a database of the test run's own server. */
export function serverUrl(name: string): string {
  return `postgres://postgres@localhost/${name}?host=${encodeURIComponent(socketDirectory())}`;
}

/** A database of the test run's own server, over as many connections as are asked for at once. */
export function openServerDatabase(name: string): Database {
  const pool = new pg.Pool({ host: socketDirectory(), user: 'postgres', database: name, types, max: 8 });
  // The server may end a connection that is being closed, and nobody asks it anything any more (`drop … with (force)`).
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return { db, kind: 'postgres', close: () => db.destroy() };
}

/** A new database of the server; `dropped` once nobody uses it any more. */
export async function createServerDatabase(): Promise<{ name: string; drop: () => Promise<void> }> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asAdministrator(`create database ${name}`);
  return { name, drop: () => asAdministrator(`drop database if exists ${name} with (force)`) };
}

async function asAdministrator(statement: string): Promise<void> {
  const client = new pg.Client({ host: socketDirectory(), user: 'postgres', database: 'postgres' });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function socketDirectory(): string {
  const directory = process.env[SERVER];
  if (!directory) throw new Error('no PostgreSQL server runs: the projects unit and alone start one');
  return directory;
}
