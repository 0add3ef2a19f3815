import type { Command } from 'commander';
import { electionJson } from '../../domain/overview-json.ts';
import { electionTable } from '../election-text.ts';
import { EXIT } from '../exit-codes.ts';
import { fitted } from '../wrapped.ts';

interface Flags {
  json?: boolean;
  all?: boolean;
  envFile?: string;
}

/** `proposals`: election proposals with state, deadline, tally and verdict. */
export function proposalsCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('proposals')
    .description('list election proposals with state, deadline, tally and verdict')
    .option('--all', 'list those too that ended more than two weeks ago')
    .option('--json', 'print one JSON object')
    .option('--env-file <file>', 'read settings from this file (.env.example lists them)')
    .action(async (flags: Flags) => exit(await run(flags)));
}

async function run(flags: Flags): Promise<number> {
  const { openReader } = await import('../../operator/queries.ts');
  const reader = await openReader(flags.envFile);
  try {
    const [elections, now] = [await reader.elections(flags.all ?? false), reader.now()];
    const { network } = reader;
    if (flags.json) {
      const proposals = elections.map((row) => electionJson(row, now));
      process.stdout.write(`${JSON.stringify({ schema: 'nns-watch/proposals@1', network, proposals })}\n`);
      return EXIT.verified;
    }
    const none = flags.all ? 'No election is known yet.' : 'No election of the last two weeks is known (--all: any).';
    const lines = [
      ...(network === 'mainnet' ? [] : [network]),
      ...(elections.length === 0 ? [none] : fitted(electionTable(elections, now), process.stdout)),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
    return EXIT.verified;
  } finally {
    await reader.close();
  }
}
