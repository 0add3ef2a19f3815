import type SqliteFile from 'better-sqlite3';
import type { SqliteDatabase, SqliteStatement } from 'kysely';

/** Most statements that stay prepared; the program knows about as many. */
const MOST = 300;

/** The same connection, which prepares a statement once and not each time that it is run. */
export function withPreparedStatements(connection: SqliteFile.Database): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  return {
    close: () => {
      prepared.clear();
      connection.close();
    },
    prepare: (sql) => {
      const known = prepared.get(sql);
      if (known) return known;
      const statement = connection.prepare(sql) as unknown as SqliteStatement;
      if (prepared.size >= MOST) prepared.clear();
      prepared.set(sql, statement);
      return statement;
    },
  };
}
