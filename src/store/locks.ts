import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { CommitLock } from '../domain/ports.ts';
import type { Clock } from '../platform/clock.ts';
import { databaseNow, type Database } from './database.ts';

export interface CommitLockOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  /** How long a lock outlives a holder that was killed. It is renewed four times within this time. */
  readonly leaseMs?: number;
  /** How often those who wait look again. */
  readonly pollMs?: number;
  /** Told when a lease could not be renewed; the next renewal is tried all the same. */
  readonly onTrouble?: (trouble: unknown) => void;
}

/** One holder per commit over all processes that share the database. */
export function createCommitLock(database: Database, options: CommitLockOptions): CommitLock {
  const { clock, leaseMs = 30_000, pollMs = 500 } = options;
  return {
    acquire: async (commit, signal) => {
      const lease = { name: `build ${commit}`, holder: randomUUID(), leaseMs };
      while (!signal.aborted) {
        if (await take(database, lease)) return hold(database, lease, options);
        await clock.sleep(pollMs, signal);
      }
      return undefined;
    },
  };
}

interface Lease {
  readonly name: string;
  readonly holder: string;
  readonly leaseMs: number;
}

function hold(database: Database, lease: Lease, options: CommitLockOptions): { release: () => Promise<void> } {
  const released = new AbortController();
  const renewing = keepAlive(database, lease, options, released.signal);
  return {
    release: async () => {
      released.abort();
      await renewing;
      await drop(database, lease);
    },
  };
}

async function keepAlive(
  database: Database,
  lease: Lease,
  options: CommitLockOptions,
  ended: AbortSignal,
): Promise<void> {
  for (;;) {
    await options.clock.sleep(lease.leaseMs / 4, ended);
    if (ended.aborted) return;
    try {
      if (!(await renew(database, lease))) throw new Error(`the lease "${lease.name}" was lost`);
    } catch (trouble) {
      options.onTrouble?.(trouble);
    }
  }
}

/** Takes a lock that is free or whose lease is over. */
async function take(database: Database, { name, holder, leaseMs }: Lease): Promise<boolean> {
  const now = databaseNow(database);
  const expires = sql<number>`${now} + cast(${leaseMs} as bigint)`;
  const taken = await database.db
    .insertInto('locks')
    .values({ name, holder, expires_at_ms: expires })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({ holder, expires_at_ms: expires }).where('locks.expires_at_ms', '<=', now),
    )
    .returning('holder')
    .executeTakeFirst();
  return taken?.holder === holder;
}

async function renew(database: Database, { name, holder, leaseMs }: Lease): Promise<boolean> {
  const renewed = await database.db
    .updateTable('locks')
    .set({ expires_at_ms: sql<number>`${databaseNow(database)} + cast(${leaseMs} as bigint)` })
    .where('name', '=', name)
    .where('holder', '=', holder)
    .returning('holder')
    .executeTakeFirst();
  return renewed !== undefined;
}

async function drop(database: Database, { name, holder }: Lease): Promise<void> {
  await database.db.deleteFrom('locks').where('name', '=', name).where('holder', '=', holder).execute();
}
