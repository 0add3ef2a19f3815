import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';

interface Flags {
  readonly envFile?: string;
  readonly from?: string;
}

/** `migrate`: brings the database to this version's schema, as the service does at its start. */
export function migrateCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('migrate')
    .description('bring the database to the schema of this version (the service does so at start)')
    .option('--from <sqlite:file>', 'first copy a database file into the empty PostgreSQL database of DATABASE_URL')
    .option('--env-file <file>', 'read settings from this file (.env.example lists them)')
    .action(async (flags: Flags) =>
      exit(await (flags.from === undefined ? run(flags.envFile) : move(flags.from, flags))),
    );
}

async function run(envFile: string | undefined): Promise<number> {
  const { migrateNow } = await import('../../operator/actions.ts');
  const applied = await migrateNow(envFile);
  const said = applied.map((name) => `Applied ${name}.`);
  process.stdout.write(`${said.length > 0 ? said.join('\n') : 'The database has the newest schema.'}\n`);
  return EXIT.verified;
}

async function move(from: string, { envFile }: Flags): Promise<number> {
  const { migrateFrom } = await import('../../operator/actions.ts');
  const tables = await migrateFrom(envFile, from);
  const lines = tables.map(({ table, rows }) => `${table}: ${rows}`);
  const sentence =
    'Every row was copied and read back. There is no way back to a file; build logs stay where they are.';
  process.stdout.write(`${lines.join('\n')}\n${sentence}\n`);
  return EXIT.verified;
}
