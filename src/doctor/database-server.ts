import { sql } from 'kysely';
import { plainText } from '../domain/text.ts';
import { appliedTo } from '../store/migrate.ts';
import { networkOf } from '../store/database-network.ts';
import type { Database } from '../store/database.ts';
import { openPostgres, serverOf } from '../store/postgres.ts';
import { judgeSchema } from './database-schema.ts';
import { problem, warning, type Finding } from './probe.ts';

/** `identity` and `on conflict` are older; what is tested against is Debian's 15. */
const OLDEST = 14;
/** Milliseconds: a run asks some hundred questions. */
const SLOW_MS = 50;
/** Leases go by the server's clock, deadlines by ours. Seconds. */
const CLOCKS_APART = 5;

/** A PostgreSQL server: reach, version, rights, how quick it is, its clock, and what is in it. Changes nothing. */
export async function databaseServer(url: string, network: string): Promise<Finding> {
  const { host, port, database: name } = serverOf(url);
  const shown = plainText(`the database ${name} on ${host}:${port}`, 200);
  const database = await openPostgres(url, { readOnly: true });
  try {
    return (await serverProblem(database, shown)) ?? judgeSchema(shown, await schemaOf(database), network);
  } catch (thrown) {
    const why = plainText(thrown instanceof Error ? thrown.message : String(thrown), 300);
    return problem(
      `${shown} cannot be used: ${why}.`,
      'Check DATABASE_URL, the server, and the certificate that it shows.',
    );
  } finally {
    await database.close();
  }
}

/** null: it will do. */
async function serverProblem({ db }: Database, shown: string): Promise<Finding | null> {
  const about = sql<{ version: number; mayCreate: boolean; now: number }>`select
    current_setting('server_version_num')::int as version,
    has_schema_privilege(current_user, current_schema(), 'create') as "mayCreate",
    extract(epoch from clock_timestamp())::float8 as now`;
  await about.execute(db);
  const began = Date.now();
  const [row] = (await about.execute(db)).rows;
  const tookMs = Date.now() - began;
  if (row === undefined) return problem(`${shown} gives no answer.`, 'Check DATABASE_URL.');
  const version = Math.floor(row.version / 10_000);
  if (version < OLDEST) {
    return problem(`${shown} runs PostgreSQL ${version}: ${OLDEST} is the oldest that works.`, 'Update the server.');
  }
  if (!row.mayCreate) {
    return problem(`In ${shown} this user may create no table.`, 'Make the user the owner of the database.');
  }
  const apart = Math.round(Math.abs(row.now - began / 1000));
  if (apart > CLOCKS_APART) {
    return warning(
      `The clock of ${shown} is ${apart} s off this machine’s.`,
      'Let the network set both clocks: sudo timedatectl set-ntp true.',
    );
  }
  return tookMs > SLOW_MS
    ? warning(`${shown} takes ${tookMs} ms for an answer.`, 'Place the service near its database.')
    : null;
}

async function schemaOf({ db }: Database): Promise<Parameters<typeof judgeSchema>[1]> {
  const applied = await appliedTo(db);
  return { applied, network: applied.length >= 2 ? await networkOf(db) : null };
}
