import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';

/** `migrate`: brings the database to this version's schema, as the service does at its start. */
export function migrateCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('migrate')
    .description('bring the database to the schema of this version (the service does so at start)')
    .option('--env-file <file>', 'read settings from this file (.env.example lists them)')
    .action(async (flags: { envFile?: string }) => exit(await run(flags.envFile)));
}

async function run(envFile: string | undefined): Promise<number> {
  const { migrateNow } = await import('../../operator/actions.ts');
  const applied = await migrateNow(envFile);
  const said = applied.map((name) => `Applied ${name}.`);
  process.stdout.write(`${said.length > 0 ? said.join('\n') : 'The database has the newest schema.'}\n`);
  return EXIT.verified;
}
