import { setTimeout as pause } from 'node:timers/promises';
import SqliteFile from 'better-sqlite3';
import type { DatabaseConnection } from 'kysely';

/** Milliseconds before the next try, as SQLite's own waiting has them; the last one again and again. */
const DELAYS = [1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100];

/**
 * A connection to SQLite whose statements wait for another process's transaction, so many milliseconds in all, without
 * holding up this process: SQLite's own waiting would keep timers and signals from it as well. What met a lock has done
 * nothing, so that it can be tried again. @see https://www.sqlite.org/rescode.html#busy
 */
export function withRetries(connection: DatabaseConnection, graceMs: number): DatabaseConnection {
  return {
    executeQuery: async (query, options) => {
      let waited = 0;
      for (let tries = 0; ; tries += 1) {
        try {
          return await connection.executeQuery(query, options);
        } catch (error) {
          if (!isBusy(error) || waited >= graceMs) throw error;
        }
        const delay = DELAYS[Math.min(tries, DELAYS.length - 1)] ?? 0;
        await pause(delay);
        // Not by the clock: a process that stood still meanwhile has tried no more often.
        waited += delay;
      }
    },
    streamQuery: (query, chunkSize, options) => connection.streamQuery(query, chunkSize, options),
  };
}

/** Whether another process's lock was met, in whatever way. */
export function isBusy(error: unknown): boolean {
  return error instanceof SqliteFile.SqliteError && error.code.startsWith('SQLITE_BUSY');
}
