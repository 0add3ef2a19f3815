import { sql } from 'kysely';
import type { Database, Queries } from './database.ts';

/**
 * What writers take turns for on PostgreSQL, in the order in which who needs several takes them, and before any row is
 * written that others may write too: otherwise two could wait for each other. On SQLite there is one writing
 * transaction at a time anyway.
 */
const LOCKS = { proposals: 7_305_123, jobs: 7_305_122, notices: 7_305_124 } as const;

/** Waits until no other transaction has this turn; it ends with the transaction. */
export async function takeTurn(
  { kind }: Pick<Database, 'kind'>,
  trx: Queries,
  what: keyof typeof LOCKS,
): Promise<void> {
  if (kind === 'postgres') await sql`select pg_advisory_xact_lock(${LOCKS[what]})`.execute(trx);
}
