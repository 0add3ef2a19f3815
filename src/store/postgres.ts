import { setTimeout as pause } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely';
import { BACKOFF, pauseMs } from '../domain/backoff.ts';
import { asWatchError, WatchError } from '../domain/errors.ts';
import { loadPart } from '../platform/load-part.ts';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

/** Milliseconds. Our statements and transactions are short; whatever takes longer hangs, and its connection is given up. */
const LIMITS = {
  connectionTimeoutMillis: 10_000,
  statement_timeout: 30_000,
  query_timeout: 40_000,
  idle_in_transaction_session_timeout: 60_000,
  keepAlive: true,
  max: 8,
};

export interface PostgresOptions {
  /** The server refuses every change. */
  readonly readOnly?: boolean;
}

/** A database on a server, over as many connections as are asked for at once. Connects at the first question. */
export async function openPostgres(url: string, { readOnly = false }: PostgresOptions = {}): Promise<Database> {
  const { default: pg } = await loadPart('pg', () => import('pg'));
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, wholeNumber);
  const options = readOnly ? { options: '-c default_transaction_read_only=on' } : {};
  const pool = new pg.Pool({ ...serverOf(url), ...LIMITS, ...options, types, application_name: 'nns-watch' });
  // A connection that breaks while nobody uses it is replaced by the next question.
  pool.on('error', () => undefined);
  const connect = (): Promise<PostgresPoolClient> => connected(() => pool.connect());
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: { options: pool.options, connect, end: () => pool.end() } }),
  });
  return { db, kind: 'postgres', close: () => db.destroy() };
}

/** 64-bit integers are times and counts here: one that a number cannot hold was not written by us. */
function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new WatchError('malformed', 'database-number', 'The database holds a number that this program never writes.');
}

/** To a server on this machine nothing has to be hidden from a network. */
const THIS_MACHINE = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?|)$/;

/**
 * What the driver needs of an address. Encrypted, with the server's certificate and name checked, unless the server is on
 * this machine or the address says `sslmode=disable`: the driver's own reading of `sslmode` differs between its versions.
 */
export function serverOf(address: string) {
  const url = new URL(address);
  const socket = url.searchParams.get('host');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const plain = url.searchParams.get('sslmode') === 'disable' || socket !== null || THIS_MACHINE.test(url.hostname);
  return {
    host: socket ?? (host === '' ? 'localhost' : host),
    port: url.port === '' ? 5432 : Number(url.port),
    database: decodeURIComponent(url.pathname.slice(1)),
    ...(url.username === '' ? {} : { user: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    ssl: plain ? (false as const) : { rejectUnauthorized: true, minVersion: 'TLSv1.2' as const },
  };
}

/** A connection as soon as there is one: a server that starts again, or has none to spare, is asked a few times. */
async function connected(connect: () => Promise<PoolClient>): Promise<PostgresPoolClient> {
  for (let failures = 1; ; failures += 1) {
    try {
      return withNamedErrors(await connect());
    } catch (thrown) {
      const error = databaseError(thrown);
      if (error.code !== UNREACHABLE || failures >= BACKOFF.database.tries) throw error;
    }
    await pause(pauseMs(BACKOFF.database, failures));
  }
}

function withNamedErrors(client: PoolClient): PostgresPoolClient {
  // Without a listener the process would end over a connection that breaks between two questions.
  const broken = (): void => undefined;
  client.on('error', broken);
  return {
    query: (async (text: string, values: readonly unknown[]) => {
      try {
        return await client.query(text, [...values]);
      } catch (thrown) {
        throw databaseError(thrown);
      }
    }) as unknown as PostgresPoolClient['query'],
    release: () => {
      client.off('error', broken);
      client.release();
    },
  };
}

const UNREACHABLE = 'database-unreachable';

/**
 * SQLSTATE classes and codes of what passes, or is mended, without any change of ours; before an answer, errno(3) and what
 * the driver says. @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const NAMED: readonly (readonly [RegExp, code: string, sentence: string])[] = [
  [/^53[12]00$/, 'storage-full', 'The disk of the database server is full: make room.'],
  [/^(25006|42501)$/, 'storage-read-only', 'The database server lets this user change nothing there.'],
  [/^(40001|40P01|55P03)$/, 'storage-locked', 'Another transaction of the database was in the way.'],
  [/^(28000|28P01|3D000)$/, 'database-refused', 'The database server refuses this user, password or database.'],
  [/^(08|53|57|58|E[A-Z]+$)/, UNREACHABLE, 'The database server cannot be reached.'],
];
const DRIVER = /\b(?:timeout|terminated|not queryable|SSL|certificate)\b/i;

function databaseError(thrown: unknown): WatchError {
  if (!(thrown instanceof Error) || thrown instanceof WatchError) return asWatchError(thrown);
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  const [, name, sentence] =
    NAMED.find(([codes]) => codes.test(code)) ??
    (DRIVER.test(thrown.message) ? [null, UNREACHABLE, 'The database server cannot be reached.'] : []);
  if (name === undefined) return asWatchError(thrown);
  return new WatchError('storage', name, `${sentence} (${thrown.message})`, { cause: thrown });
}
