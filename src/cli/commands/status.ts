import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Reader } from '../../operator/queries.ts';
import { WatchError } from '../../domain/errors.ts';
import { statusJson } from '../../domain/overview-json.ts';
import { plainText } from '../../domain/text.ts';
import { EXIT } from '../exit-codes.ts';
import { untilInterrupted } from '../interrupt.ts';
import { coloured, printFailure } from '../marks.ts';
import { statusText } from '../status-text.ts';

interface Flags {
  check?: boolean;
  json?: boolean;
  watch?: boolean;
  envFile?: string;
}

const EVERY_MS = 2000;
/** Home, and everything below it cleared: what did not change does not flicker. */
const REDRAW = '\u001b[H\u001b[J';

/** `status`: loops, queue, builders, what runs, next deadlines, trouble. */
export function statusCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('status')
    .description('show what is not well, what runs and what waits until when, in one screen')
    .option('--check', 'exit with 3 unless all is well')
    .option('--watch', 'draw it again every two seconds until interrupted')
    .option('--json', 'print one JSON object')
    .option('--env-file <file>', 'read settings from this file (.env.example lists them)')
    .action(async (flags: Flags) => exit(await run(flags)));
}

async function run(flags: Flags): Promise<number> {
  const { openReader } = await import('../../operator/queries.ts');
  const reader = await openReader(flags.envFile).catch((error: unknown) => withoutDatabase(error, flags));
  if (reader === null) return EXIT.unhealthy;
  try {
    if (flags.watch) return await watched(flags, reader);
    const status = await reader.status();
    process.stdout.write(
      flags.json
        ? `${JSON.stringify(statusJson(status))}\n`
        : coloured(statusText(status, process.stdout), process.stdout),
    );
    return flags.check && !status.health.ok ? EXIT.unhealthy : EXIT.verified;
  } finally {
    await reader.close();
  }
}

/** On a terminal in place of what it showed before; elsewhere another text wherever something changed. */
async function watched(flags: Flags, reader: Reader): Promise<number> {
  if (flags.json || flags.check) throw new WatchError('input', 'status-watch', 'Give --watch alone.');
  const { signal } = untilInterrupted();
  const { stdout } = process;
  for (let last = ''; !signal.aborted;) {
    const text = coloured(statusText(await reader.status(), stdout), stdout);
    if (stdout.isTTY) stdout.write(`${REDRAW}${text}`);
    else if (text !== last) stdout.write(last === '' ? text : `\n${text}`);
    last = text;
    await wait(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return EXIT.interrupted;
}

/** Whoever checks a service that never started is told that it is not well, not that he asked wrongly. */
function withoutDatabase(error: unknown, flags: Flags): null {
  if (!flags.check || !(error instanceof WatchError) || error.code !== 'no-database') throw error;
  printFailure(plainText(error.message, 500));
  return null;
}
