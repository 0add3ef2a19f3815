import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Leases } from '../domain/service-ports.ts';
import { WatchError } from '../domain/errors.ts';
import type { Clock } from '../platform/clock.ts';
import { HeldTerm } from '../platform/held-term.ts';
import { hasEnded, ownIdentity } from '../platform/process-tag.ts';
import { type Database, databaseNow } from './database.ts';
import type { CommitLock } from '../domain/ports.ts';

export interface LeaseOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  /** How long a lease outlives a holder that was killed. It is renewed four times within this time. */
  readonly leaseMs?: number;
  /** Told when a lease could not be renewed, and when it was lost; until then the next renewal is tried all the same. */
  readonly onFailure?: (trouble: unknown) => void;
}

export interface HeldLease {
  /** Aborted where somebody else took it, or at the lease's length after the last renewal that was acknowledged. */
  readonly lost: AbortSignal;
  readonly release: () => Promise<void>;
}

interface Lease {
  readonly name: string;
  readonly holder: string;
  readonly leaseMs: number;
}

/** What one process at a time may be, over all that share the database. */
export function createLeases(database: Database, options: LeaseOptions): Leases {
  return {
    take: (name) => takeLease(database, name, options),
    isHeld: async (name) => {
      const row = await database.db
        .selectFrom('locks')
        .select('holder')
        .where('name', '=', name)
        .where('expires_at_ms', '>', databaseNow(database))
        .executeTakeFirst();
      return row !== undefined && !hasEnded(identityOf(row.holder));
    },
  };
}

/** Takes a lease that is free or over, and keeps it until it is released; null: somebody has it. */
export async function takeLease(database: Database, name: string, options: LeaseOptions): Promise<HeldLease | null> {
  const lease = { name, holder: `${ownIdentity()} ${randomUUID()}`, leaseMs: options.leaseMs ?? 30_000 };
  const held = await HeldTerm.begin(
    {
      clock: options.clock,
      leaseMs: lease.leaseMs,
      renew: () => renew(database, lease),
      onFailure: (trouble) => options.onFailure?.(trouble),
      lostError: (why) => lostError(name, why),
    },
    async () => (await take(database, lease)) || inherit(database, lease),
  );
  if (!held) return null;
  held.lost.addEventListener('abort', () => options.onFailure?.(held.lost.reason), { once: true });
  return {
    lost: held.lost,
    release: () => {
      held.end();
      return held.atMost(drop(database, lease));
    },
  };
}

function lostError(name: string, why: 'taken' | 'over'): WatchError {
  const how = why === 'taken' ? 'somebody else has it' : 'it could not be renewed in time';
  return new WatchError('transport', 'lease-lost', `the lease "${name}" was lost: ${how}`);
}

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

/** Takes a lease whose holder was killed on this machine, without waiting until it runs out. */
async function inherit(database: Database, lease: Lease): Promise<boolean> {
  const row = await database.db.selectFrom('locks').select('holder').where('name', '=', lease.name).executeTakeFirst();
  if (!row || !hasEnded(identityOf(row.holder))) return false;
  await drop(database, { ...lease, holder: row.holder });
  return take(database, lease);
}

const identityOf = (holder: string): string => holder.split(' ')[0] ?? '';

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

export interface CommitLockOptions extends LeaseOptions {
  /** How often those who wait look again. */
  readonly pollMs?: number;
}

/** One holder per commit over all processes that share the database. */
export function createCommitLock(database: Database, options: CommitLockOptions): CommitLock {
  const { clock, pollMs = 500 } = options;
  return {
    acquire: async (commit, signal) => {
      while (!signal.aborted) {
        const lease = await takeLease(database, `build ${commit}`, options);
        if (lease) return lease;
        await clock.sleep(pollMs, signal);
      }
      return undefined;
    },
  };
}
