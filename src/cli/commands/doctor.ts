import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { Doctor, Examination, Fix, Line } from '../../doctor/doctor.ts';
import { MARKS } from '../../domain/marks.ts';
import { plainText } from '../../domain/text.ts';
import { EXIT } from '../exit-codes.ts';
import { untilInterrupted } from '../interrupt.ts';
import { coloured, printFailure } from '../marks.ts';

interface Flags {
  fix?: boolean;
  json?: boolean;
  envFile?: string;
}

/** `doctor`: examines everything that the program needs, and says what to do where something is missing. */
export function doctorCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('doctor')
    .description('examine whether nns-watch would work here, and say what to do where it would not')
    .option('--fix', 'install what is missing with apt, after asking')
    .option('--json', 'print one JSON object')
    .option('--env-file <file>', 'read settings from this file (.env.example lists them)')
    .action(async (flags: Flags) => exit(await run(flags)));
}

async function run({ fix: wantsFix, json, envFile }: Flags): Promise<number> {
  const { openDoctor } = await import('../../doctor/doctor.ts');
  const doctor = openDoctor(envFile === undefined ? {} : { envFile });
  const { signal } = untilInterrupted();
  try {
    const first = await doctor.examine(signal);
    const fixed = wantsFix === true && !json && (await offer(doctor.fixFor(first), doctor, signal));
    const examination = fixed ? await doctor.examine(signal) : first;
    if (signal.aborted) return EXIT.interrupted;
    show(examination, doctor, json ?? false);
    return examination.healthy ? EXIT.verified : EXIT.unhealthy;
  } finally {
    await doctor.close();
  }
}

function show(examination: Examination, doctor: Doctor, json: boolean): void {
  const fix = doctor.fixFor(examination);
  const text = doctorText(examination, doctor.toolVersion, fix);
  process.stdout.write(
    json ? `${JSON.stringify(documentOf(examination, doctor, fix))}\n` : coloured(text, process.stdout),
  );
}

function documentOf({ network, healthy, examinedAt, lines, settings }: Examination, doctor: Doctor, fix: Fix | null) {
  return {
    schema: 'nns-watch/doctor@1',
    network,
    healthy,
    examinedAt: new Date(examinedAt).toISOString(),
    lines: lines.map(({ id, group, outcome, sentence, todo, packages, milliseconds }) => {
      return { id, group, outcome, sentence, todo: todo ?? null, packages: packages ?? [], milliseconds };
    }),
    fix: fix?.command ?? null,
    settings,
    tool: { name: 'nns-watch', version: doctor.toolVersion },
  };
}

/** Installs only what somebody at a terminal has said yes to. True: something may have changed. */
async function offer(fix: Fix | null, doctor: Doctor, signal: AbortSignal): Promise<boolean> {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  if (fix === null) {
    say('Nothing is missing that apt could install.');
    return false;
  }
  const asks = process.stdin.isTTY && process.stderr.isTTY;
  if (!asks || !fix.runnable) {
    say(`Not run, since nobody could be asked${fix.runnable ? '' : ' for a password'}: ${fix.command}`);
    return false;
  }
  if (!(await confirmed(`Run "${fix.command}"? [y/N] `, signal))) return false;
  const failed = await doctor.install(fix, (line) => say(plainText(line, 200)), signal);
  if (failed !== null) printFailure(`That did not work: ${plainText(failed, 300)}`);
  return true;
}

async function confirmed(question: string, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await terminal.question(question, { signal })).trim());
  } catch {
    return false;
  } finally {
    terminal.close();
  }
}

/** The human form: one line per look, with what to do below it, the settings, and whether it would work. */
export function doctorText({ network, lines, settings }: Examination, toolVersion: string, fix: Fix | null): string {
  const width = Math.max(...lines.map(({ id }) => id.length));
  const groups = [...new Set(lines.map(({ group }) => group))];
  const body = groups.flatMap((title) => [
    '',
    title,
    ...lines.filter(({ group }) => group === title).flatMap((line) => lineText(line, width)),
  ]);
  const shown = settings.map(({ name, value, isDefault }) => {
    return `  ${name}=${value === null ? '(not set)' : plainText(value, 300)}${isDefault && value !== null ? ' (default)' : ''}`;
  });
  return [
    ...(network === 'mainnet' ? [] : [network]),
    `nns-watch ${toolVersion} doctor`,
    ...body,
    '',
    'Settings in effect',
    ...shown,
    '',
    ...(fix === null ? [] : [`To install what is missing: ${fix.command}`]),
    lastLine(lines),
    '',
  ].join('\n');
}

function lineText({ id, outcome, sentence, todo }: Line, width: number): string[] {
  const indent = ' '.repeat(width + 5);
  const advice = (todo ?? '')
    .split('\n')
    .map((text, index) => `${indent}${index === 0 ? '→ ' : '  '}${plainText(text, 600)}`);
  return [
    `${MARK_OF[outcome]} ${id.padEnd(width)}   ${plainText(sentence, 800)}`,
    ...(todo === undefined ? [] : advice),
  ];
}

const MARK_OF = { ok: MARKS.verified, warning: MARKS.warning, problem: MARKS.mismatch } as const;

function lastLine(lines: readonly Line[]): string {
  const count = (outcome: Line['outcome']): number => lines.filter((line) => line.outcome === outcome).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  const warned = warnings === 0 ? '' : ` (${warnings} ${warnings === 1 ? 'warning' : 'warnings'})`;
  if (problems === 0) return `${MARKS.verified} nns-watch would work here${warned}.`;
  return `${MARKS.mismatch} nns-watch would not work here: ${problems} ${problems === 1 ? 'problem' : 'problems'}${warned}.`;
}
