import type { CommitLock } from '../domain/ports.ts';
import type { Database } from './database.ts';
import { takeLease, type LeaseOptions } from './leases.ts';

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
