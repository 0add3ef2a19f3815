import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Reader } from '../../operator/queries.ts';
import { WatchError } from '../../domain/errors.ts';
import type { BlobName } from '../../domain/evidence.ts';
import type { CommitId } from '../../domain/ids.ts';
import { logLine, plainText } from '../../domain/text.ts';
import { EXIT } from '../exit-codes.ts';
import { untilInterrupted } from '../interrupt.ts';

interface Flags {
  follow?: boolean;
  envFile?: string;
}

const EVERY_MS = 1000;
const PART_BYTES = 262_144;
/** A stranger's line has no end that we could wait for. */
const LONGEST_LINE = 65_536;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const remark = (sentence: string): void => void process.stderr.write(`${sentence}\n`);

/** `logs`: what the build of a proposal's commit writes now, or what the newest one wrote. */
export function logsCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('logs')
    .description('print the log of the running build of a commit, or of the newest one that is kept here')
    .argument('<proposal-id|commit>', 'a proposal or a commit')
    .option('-f, --follow', 'follow the log until the build ends')
    .option('--env-file <file>', 'read settings from this file (.env.example lists them)')
    .action(async (what: string, flags: Flags) => exit(await run(what, flags)));
}

async function run(what: string, { follow, envFile }: Flags): Promise<number> {
  const { openReader } = await import('../../operator/queries.ts');
  const reader = await openReader(envFile);
  const { signal } = untilInterrupted();
  try {
    const found = await reader.find(what);
    if (!found) throw new WatchError('input', 'not-found', `Nothing is known of ${plainText(what, 80)}.`);
    const { run: newest, proposal, evidence } = found.history;
    const elected = proposal && 'version' in proposal.action ? proposal.action.version.commit : null;
    const commit = newest?.commit ?? elected;
    const goesOn = commit !== null && (await tail(commit, reader, follow === true, signal));
    if (signal.aborted) return EXIT.interrupted;
    if (goesOn) return EXIT.verified;
    const name = evidence.all().findLast(({ key, observation }) => key.kind === 'build' && observation.file);
    if (!name?.observation.file) {
      throw new WatchError('input', 'no-log', `No log of a build of ${plainText(what, 80)} is kept here.`);
    }
    return (await printKept(name.observation.file, reader, signal)) ? EXIT.verified : EXIT.interrupted;
  } finally {
    await reader.close();
  }
}

/** The last lines of a build that goes on, and with `follow` those that come. False: none goes on. */
async function tail(commit: CommitId, reader: Reader, follow: boolean, signal: AbortSignal): Promise<boolean> {
  let shown: number | null = null;
  for (;;) {
    const build = await reader.building(commit);
    if (build === null) {
      if (shown !== null) remark('The build has ended.');
      return shown !== null;
    }
    const fresh = Math.min(build.tail.length, Math.max(0, build.lines - (shown ?? 0)));
    const left = build.lines - (shown ?? 0) - fresh;
    if (left > 0) remark(leftOut(left, shown === null));
    for (const line of fresh === 0 ? [] : build.tail.slice(-fresh)) print(logLine(line));
    shown = build.lines;
    if (!follow) return true;
    await wait(EVERY_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return true;
  }
}

function leftOut(lines: number, before: boolean): string {
  const [one, more] = before ? ['earlier line', 'earlier lines'] : ['line in between', 'lines in between'];
  return lines === 1 ? `1 ${one} is left out.` : `${lines} ${more} are left out.`;
}

/** False: it was interrupted. */
async function printKept(name: BlobName, reader: Reader, signal: AbortSignal): Promise<boolean> {
  const decoder = new TextDecoder();
  let [from, rest] = [0, ''];
  for (;;) {
    const part = await reader.buildLog(name, from, PART_BYTES);
    if (part === null || part.bytes.length === 0 || signal.aborted) break;
    from += part.bytes.length;
    const lines = (rest + decoder.decode(part.bytes, { stream: true })).split(/\r\n|\n|\r(?!\n)/);
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) {
      lines.push(rest);
      rest = '';
    }
    for (const line of lines) print(logLine(line));
    if (from >= part.total) break;
  }
  if (rest !== '') print(logLine(rest));
  return !signal.aborted;
}
