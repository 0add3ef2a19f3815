import type { Command } from 'commander';
import { openReader } from '../../operator/queries.ts';
import { WatchError } from '../../domain/errors.ts';
import { EXIT } from '../exit-codes.ts';
import { reportCsv, reportJson } from '../report-table.ts';
import { reportText } from '../report-text.ts';

interface Flags {
  month?: string;
  csv?: boolean;
  json?: boolean;
  envFile?: string;
}

/** `report`: every election that was submitted in one month, with verdict, times and links. */
export function reportCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('report')
    .description('every election submitted in one month, with verdict, times and links')
    .option('--month <YYYY-MM>', 'the month, in UTC (default: this one)')
    .option('--csv', 'comma-separated values on standard output')
    .option('--json', 'one JSON object on standard output')
    .option('--env-file <file>', 'settings, as in .env.example')
    .action(async (flags: Flags) => exit(await run(flags)));
}

async function run({ month, csv, json, envFile }: Flags): Promise<number> {
  if (csv && json) throw new WatchError('input', 'csv-and-json', 'Give --csv or --json, not both.');
  const reader = await openReader(envFile);
  try {
    const report = await reader.month(month ?? new Date(reader.now()).toISOString().slice(0, 7));
    const text = csv ? reportCsv(report) : json ? `${JSON.stringify(reportJson(report))}\n` : reportText(report);
    process.stdout.write(text);
    return EXIT.verified;
  } finally {
    await reader.close();
  }
}
