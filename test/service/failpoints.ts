import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import SqliteFile from 'better-sqlite3';

export const POINTS = [
  'before commit',
  'after commit',
  'before write',
  'after write',
  'before rename',
  'after rename',
  'before spawn',
  'after spawn',
  'build begins',
  'build ends',
  'before send',
  'after send',
] as const;
export type Point = (typeof POINTS)[number];
/** Told of each point that is passed, and of each statement that is run; may throw, or not come back. */
export type Pass = (point: Point | 'statement') => void;

type Prepare = (this: SqliteFile.Database, source: string) => SqliteFile.Statement;

/** Puts the points of databases and files into this process. Gives what takes them out again. */
export function putFailpoints(pass: Pass): () => void {
  const prototype = SqliteFile.prototype as { prepare: Prepare };
  const prepare: unknown = Reflect.get(prototype, 'prepare');
  const { rename } = fs;
  prototype.prepare = function (source) {
    const around =
      <A extends unknown[], R>(work: (...given: A) => R) =>
      (...given: A): R => {
        pass('statement');
        const what = changeOf(source, this.inTransaction);
        if (what !== null) pass(`before ${what}`);
        const result = work(...given);
        if (what !== null) pass(`after ${what}`);
        return result;
      };
    const statement = (prepare as Prepare).call(this, source);
    return Object.assign(statement, {
      run: around(statement.run.bind(statement)),
      all: around(statement.all.bind(statement)),
    });
  };
  fs.rename = async (from, to) => {
    pass('before rename');
    await rename(from, to);
    pass('after rename');
  };
  syncBuiltinESMExports();
  return () => {
    prototype.prepare = prepare as Prepare;
    fs.rename = rename;
    syncBuiltinESMExports();
  };
}

/** What makes something stay: the end of a transaction, or a statement outside of any. */
function changeOf(source: string, inTransaction: boolean): 'commit' | 'write' | null {
  if (/^\s*commit\b/i.test(source)) return 'commit';
  return !inTransaction && /^\s*(insert|update|delete)\b/i.test(source) ? 'write' : null;
}
