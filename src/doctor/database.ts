import { stat } from 'node:fs/promises';
import { plainText } from '../domain/text.ts';
import { judgeSchema, type Applied, type Schema } from './database-schema.ts';
import { databaseServer } from './database-server.ts';
import { ok, problem, type Finding, type Group } from './probe.ts';
import type { DoctorPorts } from './ports.ts';

export const databaseGroup: Group = {
  title: 'The database',
  probes: (ports) => [{ id: 'database', probe: () => database(ports) }],
};

/** Reads only: nothing is made, changed or migrated, unlike when the service opens it. */
export async function database({ config }: Pick<DoctorPorts, 'config'>): Promise<Finding> {
  return config.database.kind === 'postgres'
    ? databaseServer(config.database.url, config.network)
    : databaseFile(config.database.file, config.network);
}

async function databaseFile(file: string, now: string): Promise<Finding> {
  if (!(await exists(file))) return ok(`${file} will be made at the first start`);
  try {
    const { applied, network } = await probe(file);
    return judgeSchema(file, { applied, network }, now);
  } catch (thrown) {
    const why = plainText(thrown instanceof Error ? thrown.message : String(thrown), 300);
    return problem(
      `${file} cannot be used: ${why}.`,
      'Look at its owner and mode; if it is damaged, restore a backup.',
    );
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: unknown) => (error as NodeJS.ErrnoException).code !== 'ENOENT',
  );
}

async function probe(file: string): Promise<Schema> {
  const { default: SqliteFile } = await import('better-sqlite3');
  const connection = new SqliteFile(file, { readonly: true, fileMustExist: true, timeout: 2_000 });
  try {
    const has = (table: string): boolean =>
      connection.prepare('select 1 from sqlite_master where name = ?').get(table) !== undefined;
    const all = (rows: string): unknown[] => connection.prepare(rows).all();
    const applied = has('schema_migrations')
      ? (all('select number, name, sha256 from schema_migrations order by number') as Applied[])
      : [];
    const [mark] = has('marks') ? (all("select value from marks where name = 'network'") as { value: string }[]) : [];
    return { applied, network: mark?.value ?? null };
  } finally {
    connection.close();
  }
}
