import type { Command } from 'commander';
import { openReader } from '../../operator/queries.ts';
import { WatchError } from '../../domain/errors.ts';
import { statusJson } from '../../domain/overview-json.ts';
import { plainText } from '../../domain/text.ts';
import { EXIT } from '../exit-codes.ts';
import { statusText } from '../status-text.ts';

interface Flags {
  check?: boolean;
  json?: boolean;
  envFile?: string;
}

/** `status`: loops, queue, builders, what runs, next deadlines, trouble. */
export function statusCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('status')
    .description('loops, queue, builders, what runs, next deadlines and trouble, in one screen')
    .option('--check', 'exit 3 unless all is well')
    .option('--json', 'one JSON object on standard output')
    .option('--env-file <file>', 'settings, as in .env.example')
    .action(async (flags: Flags) => exit(await run(flags)));
}

async function run(flags: Flags): Promise<number> {
  const reader = await openReader(flags.envFile).catch((error: unknown) => withoutDatabase(error, flags));
  if (reader === null) return EXIT.unhealthy;
  try {
    const status = await reader.status();
    process.stdout.write(flags.json ? `${JSON.stringify(statusJson(status))}\n` : statusText(status, process.stdout));
    return flags.check && !status.health.ok ? EXIT.unhealthy : EXIT.verified;
  } finally {
    await reader.close();
  }
}

/** Whoever checks a service that never started is told that it is not well, not that he asked wrongly. */
function withoutDatabase(error: unknown, flags: Flags): null {
  if (!flags.check || !(error instanceof WatchError) || error.code !== 'no-database') throw error;
  process.stderr.write(`[❌] ${plainText(error.message, 500)}\n`);
  return null;
}
