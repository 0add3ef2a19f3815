import { join, resolve } from 'node:path';
import { measure, type Cost } from '../measure.ts';
import { spread, table } from '../table.ts';
import { inScratch } from '../tools.ts';
import type { BenchDeps, Measured } from './bench-deps.ts';

const PROGRAM = resolve(import.meta.dirname, '../../bin/nns-watch');
/** A Node.js that does nothing: what every start costs on this machine, whatever else runs on it. */
const EMPTY = [process.execPath, '-e', '0'];
const COMMANDS = [['--version'], ['--help'], ['proposals'], ['status'], ['hash', '0'.repeat(64)]];
const ROUNDS = 7;

/** How long commands take that only answer, in terms of a Node.js that does nothing. */
export async function start({ settings, say }: BenchDeps): Promise<Measured> {
  const found = await inScratch(settings.scratch, async (home) => {
    const how = { env: { HOME: home, NNS_WATCH_DATA_DIR: join(home, 'data') }, cwd: home, limitMs: 60_000 };
    await measure([PROGRAM, 'migrate'], how);
    const each = [];
    for (const command of COMMANDS) {
      const pairs: { readonly empty: Cost; readonly command: Cost }[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const empty = await measure(EMPTY, how);
        pairs.push({ empty, command: await measure([PROGRAM, ...command], how) });
      }
      const name = command.join(' ').slice(0, 12);
      each.push({ name, pairs });
      say(`${name}: ${spread(pairs.map((pair) => pair.command.seconds))} s`);
    }
    return each;
  });
  const rows = found.map(({ name, pairs }) => [
    name,
    `${spread(
      pairs.map(({ command }) => command.seconds * 1000),
      0,
    )} ms`,
    spread(pairs.map(({ command, empty }) => command.seconds / empty.seconds)),
    spread(pairs.map(({ command, empty }) => command.processorSeconds / empty.processorSeconds)),
    `${Math.round(Math.max(...pairs.map(({ command }) => command.peakMiB)))} MiB`,
  ]);
  const head = ['command', 'wall', 'wall, ratio to `node -e 0`', 'processor, ratio', 'peak memory'];
  return {
    title: `Commands that only answer (${ROUNDS} pairs, an empty database)`,
    text: table(head, rows),
    raw: found,
  };
}
