import { resolve } from 'node:path';
import { isSameNetwork } from '../domain/network.ts';
import { plainText } from '../domain/text.ts';
import { readMigrations, type Migration } from '../store/migrate.ts';
import { ok, problem, warning, type Finding } from './probe.ts';

/** The same distance from src/doctor in a checkout and from dist/bundle in a package. */
const DIRECTORY = resolve(import.meta.dirname, '../../migrations');

export type Applied = Pick<Migration, 'number' | 'name' | 'sha256'>;

/** What a database says of itself. */
export interface Schema {
  readonly applied: readonly Applied[];
  readonly network: string | null;
}

/** `name`: what the database is called in front of people. */
export function judgeSchema(name: string, { applied, network }: Schema, now: string): Finding {
  return (network !== null && elsewhere(name, network, now)) || compare(name, applied, readMigrations(DIRECTORY));
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
