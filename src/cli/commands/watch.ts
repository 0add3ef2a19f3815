import type { Command } from 'commander';
import { plainText } from '../../domain/text.ts';
import { EXIT } from '../exit-codes.ts';
import { onHangUp, untilInterrupted } from '../interrupt.ts';
import { printFailure } from '../marks.ts';

interface Flags {
  builder: boolean;
  envFile?: string;
}

/** For what is still being written. */
const LAST_WORDS_MS = 1000;

/** `watch`: the service. */
export function watchCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('watch')
    .description('run the service: find elections, verify them, and notify you before voting closes')
    .option('--no-builder', 'start no builder: others run `nns-watch build` for this database')
    .option('--env-file <file>', 'read settings from this file (.env.example lists them)')
    .action(async ({ builder, envFile }: Flags) => {
      const { signal } = untilInterrupted();
      const { runWatch } = await import('../../app/watch.ts');
      const file = envFile === undefined ? {} : { envFile };
      // Until the service runs there is nothing to exchange, and it reads what is there.
      onHangUp(() => undefined);
      const options = { builder, program: process.argv[1] ?? '', onReload: onHangUp, ...file };
      const { clean, bug } = await runWatch(options, signal);
      if (bug) printFailure(`A bug ended the service (${bug.code}): ${plainText(bug.message, 500)}`);
      exit(bug ? EXIT.bug : EXIT.verified);
      if (!clean) process.exit();
      // discord.js keeps a connection that was only being made when it was told to end.
      setTimeout(() => process.exit(), LAST_WORDS_MS).unref();
    });
}
