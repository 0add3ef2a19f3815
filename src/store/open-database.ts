import type { DatabaseAddress } from '../platform/database-address.ts';
import { openSqlite, openSqliteToRead, type Database } from './database.ts';
import { openPostgres } from './postgres.ts';

/** Opens the database that the settings name; a file is made where there is none. */
export async function openDatabase(address: DatabaseAddress): Promise<Database> {
  return address.kind === 'sqlite' ? openSqlite(address.file) : openPostgres(address.url);
}

/** Opens a database that is there already, to read it while others may write. */
export async function openDatabaseToRead(address: DatabaseAddress): Promise<Database> {
  return address.kind === 'sqlite' ? openSqliteToRead(address.file) : openPostgres(address.url, { readOnly: true });
}
