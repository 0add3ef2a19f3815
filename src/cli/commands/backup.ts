import { resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';

/** `backup`: an online copy of the database. */
export function backupCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('backup')
    .description('copy the database to a new file, even while the service runs')
    .argument('<file>', 'the copy, which must not exist yet')
    .option('--env-file <file>', 'read settings from this file (.env.example lists them)')
    .action(async (file: string, flags: { envFile?: string }) => exit(await run(resolve(file), flags.envFile)));
}

async function run(file: string, envFile: string | undefined): Promise<number> {
  const { backupNow } = await import('../../operator/actions.ts');
  const { dataDir } = await backupNow(envFile, file);
  process.stdout.write(
    `The database was copied to ${file} and checked. It holds neither logs nor other kept files: those lie in ${dataDir}/blobs.\n`,
  );
  return EXIT.verified;
}
