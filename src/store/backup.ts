import { existsSync } from 'node:fs';
import { chmod, link, rm } from 'node:fs/promises';
import SqliteFile from 'better-sqlite3';
import { WatchError } from '../domain/errors.ts';

/** Copies a database that others may be writing to. The copy is there whole and checked, or not at all. */
export async function backupSqlite(file: string, target: string): Promise<void> {
  if (!existsSync(file)) {
    throw new WatchError('input', 'no-database', `There is no database at ${file} to copy.`);
  }
  if (existsSync(target)) throw taken(target);
  const partial = `${target}.partial-${process.pid}`;
  try {
    await copy(file, partial);
    check(partial);
    // Unlike a rename, a link never replaces what somebody else put there meanwhile.
    await link(partial, target);
  } catch (cause) {
    throw asUsable(cause, target);
  } finally {
    await rm(partial, { force: true });
  }
}

/** @see https://www.sqlite.org/backup.html: pages that change while it is copied are copied again. */
async function copy(file: string, partial: string): Promise<void> {
  const source = new SqliteFile(file, { fileMustExist: true, timeout: 10_000 });
  try {
    await source.backup(partial);
    await chmod(partial, 0o600);
  } finally {
    source.close();
  }
}

function check(partial: string): void {
  const copied = new SqliteFile(partial, { fileMustExist: true });
  try {
    // A file by itself: without this the copy would bring its own -wal and -shm files along.
    copied.pragma('journal_mode = DELETE');
    const result: unknown = copied.pragma('integrity_check', { simple: true });
    if (result !== 'ok') throw new WatchError('malformed', 'backup-corrupt', `The copy is corrupt: ${String(result)}`);
  } finally {
    copied.close();
  }
}

function taken(target: string): WatchError {
  return new WatchError('input', 'backup-exists', `${target} is there already: name a new file.`);
}

function asUsable(cause: unknown, target: string): unknown {
  if (cause instanceof WatchError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'EEXIST') return taken(target);
  if (!cause || !(cause instanceof Error)) return cause;
  return new WatchError('input', 'backup-failed', `The database could not be copied to ${target}: ${message}.`, {
    cause,
  });
}
