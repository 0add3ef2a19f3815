import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isSameNetwork } from '../domain/network.ts';
import { plainText } from '../domain/text.ts';
import { readMigrations, type Migration } from '../store/migrate.ts';
import { ok, problem, warning, type Finding, type Group } from './probe.ts';
import type { DoctorPorts } from './ports.ts';

export const databaseGroup: Group = {
  title: 'The database',
  probes: (ports) => [{ id: 'database', probe: () => database(ports) }],
};

/** The same distance from src/doctor in a checkout and from dist/doctor in a package. */
const DIRECTORY = resolve(import.meta.dirname, '../../migrations');

type Applied = Pick<Migration, 'number' | 'name' | 'sha256'>;

/** Opens the file for reading only: nothing is made, changed or migrated, unlike when the service opens it. */
export async function database({ config }: Pick<DoctorPorts, 'config'>): Promise<Finding> {
  const { databaseFile: file } = config;
  if (!(await exists(file))) return ok(`${file} will be made at the first start`);
  try {
    const { applied, network } = await probe(file);
    return (
      (network !== null && elsewhere(file, network, config.network)) ||
      compare(file, applied, readMigrations(DIRECTORY))
    );
  } catch (thrown) {
    const why = plainText(thrown instanceof Error ? thrown.message : String(thrown), 300);
    return problem(
      `${file} cannot be used: ${why}.`,
      'Look at its owner and mode; if it is damaged, restore a backup.',
    );
  }
}

/** null: the service would take it. */
function elsewhere(file: string, made: string, now: string): Finding | null {
  if (isSameNetwork(made, now)) return null;
  return problem(
    `${file} was made with other settings (${plainText(made, 200)}) than these (${now}): watch and build refuse it.`,
    'Set the settings back, or NNS_WATCH_DATA_DIR to a directory of its own for this network.',
  );
}

/** As `migrate` will see it: what was applied has to be the beginning of what this program knows. */
function compare(file: string, applied: readonly Applied[], known: readonly Migration[]): Finding {
  const foreign = applied.find((row, index) => {
    const expected = known[index];
    return row.number !== expected?.number || row.name !== expected.name || row.sha256 !== expected.sha256;
  });
  if (foreign !== undefined) {
    return problem(
      `${file} was written by another version: its ${plainText(foreign.name, 100)} is not one of this nns-watch.`,
      'Install the nns-watch that wrote it, or restore a backup.',
    );
  }
  const pending = known.slice(applied.length).map(({ name }) => name);
  if (pending.length === 0) return ok(`${file} opens, all ${known.length} migrations applied`);
  return warning(
    `${file} opens, ${pending.length} of ${known.length} migrations pending: ${pending.join(', ')}.`,
    'The next start applies them; "nns-watch backup FILE" before keeps a way back.',
  );
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: unknown) => (error as NodeJS.ErrnoException).code !== 'ENOENT',
  );
}

async function probe(file: string): Promise<{ readonly applied: readonly Applied[]; readonly network: string | null }> {
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
