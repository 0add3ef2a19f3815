import { Option, type Command } from 'commander';
import { MARKS } from '../../domain/marks.ts';
import { plainText } from '../../domain/text.ts';
import { EXIT } from '../exit-codes.ts';
import { untilInterrupted } from '../interrupt.ts';
import { coloured } from '../marks.ts';

const SAMPLES = ['verified', 'mismatch', 'inconclusive', 'reminder'] as const;

interface Flags {
  sample?: (typeof SAMPLES)[number];
  notifier?: string;
  envFile?: string;
}

const lineOf = (id: string, failure: string | null): string =>
  failure === null ? `${MARKS.verified} ${id}` : `${MARKS.mismatch} ${id}: ${plainText(failure, 400)}`;

/** `test-notify`: a test message through the real path. */
export function testNotifyCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('test-notify')
    .description('send a test message to every channel')
    .option('--notifier <id>', 'send it only to this one, as `status` names it')
    .addOption(
      new Option('--sample <outcome>', 'send an election as the channel would show it, marked as a sample').choices(
        SAMPLES,
      ),
    )
    .option('--env-file <file>', 'read settings from this file (.env.example lists them)')
    .action(async ({ notifier, sample, envFile }: Flags) => {
      const { signal } = untilInterrupted();
      const { testNotify } = await import('../../app/test-notify.ts');
      const write = (line: string): void => void process.stdout.write(`${line}\n`);
      const file = envFile === undefined ? {} : { envFile };
      const told = await testNotify({ notifier: notifier ?? null, sample: sample ?? null, write, ...file }, signal);
      for (const { notifier: id, failure } of told) {
        write(coloured(lineOf(id, failure), process.stdout));
      }
      exit(told.every(({ failure }) => failure === null) ? EXIT.verified : EXIT.unhealthy);
    });
}
