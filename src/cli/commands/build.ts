import { Option, type Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { untilHungUp, untilInterrupted } from '../interrupt.ts';

interface Flags {
  forWatch?: boolean;
  hide?: string[];
  envFile?: string;
}

/** `build`: takes the build jobs of a service. */
export function buildCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('build')
    .description('run a builder: take the build jobs of a `watch` on the same database')
    .option('--hide <path...>', 'hide these paths from every build as well')
    .option('--env-file <file>', 'read settings from this file (.env.example lists them)')
    .addOption(new Option('--for-watch', 'end when nothing is left to build and no `watch` runs').hideHelp())
    .action(async ({ forWatch, hide, envFile }: Flags) => {
      const { signal } = untilInterrupted();
      const { runBuilder } = await import('../../app/build.ts');
      const file = envFile === undefined ? {} : { envFile };
      await runBuilder({ forWatch: forWatch ?? false, hide: hide ?? [], ...file }, signal, untilHungUp());
      exit(EXIT.verified);
    });
}
