import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { again } from './rows/again.ts';
import type { BenchDeps, Measured } from './rows/bench-deps.ts';
import { early } from './rows/early.ts';
import { outcomes } from './rows/outcomes.ts';
import { service } from './rows/service.ts';
import { start } from './rows/start.ts';
import { whole } from './rows/whole.ts';
import { settingsOf, USAGE, type Row, type Settings } from './settings.ts';
import { nnsWatch, reproCheck } from './tools.ts';

const MEASUREMENTS: Record<Row, (deps: BenchDeps) => Promise<Measured>> = {
  whole,
  early,
  again,
  service,
  start,
  outcomes,
};

async function main(argv: readonly string[]): Promise<number> {
  let settings: Settings;
  try {
    settings = settingsOf(argv);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return 2;
  }
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const { reproCheck: path, rows, scratch } = settings;
  if (path === null) say("Without --repro-check PATH (DFINITY's ci/scripts/repro-check): measured alone.");
  const tools = [nnsWatch, ...(path === null ? [] : [reproCheck(path)])];
  const measured: Measured[] = [];
  try {
    process.stdout.write(`${heading(settings)}\n`);
    for (const row of rows) {
      const found = await MEASUREMENTS[row]({ settings, tools, say });
      measured.push(found);
      process.stdout.write(`\n**${found.title}**\n\n${found.text}\n`);
      if (settings.json !== null) await writeFile(settings.json, JSON.stringify(measured, null, 1));
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return 0;
}

function heading({ reproCheck: path, pairs, mib }: Settings): string {
  const ask = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: 'utf8' }).trim();
  const dirty = ask('git', 'status', '--porcelain') === '' ? '' : ' with changes';
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? '?'}, ${Math.round(totalmem() / 1e9)} GB, Linux ${release()}`;
  return [
    `nns-watch ${ask('git', 'rev-parse', '--short', 'HEAD')}${dirty}, ${new Date().toISOString().slice(0, 16)}Z`,
    `${machine}, Node.js ${process.versions.node}`,
    path === null ? 'alone' : `beside repro-check, sha256 ${ask('sha256sum', path).slice(0, 64)}`,
    `${mib} MiB an image, ${pairs} pair(s)`,
  ].join('; ');
}

process.exitCode = await main(process.argv.slice(2));
