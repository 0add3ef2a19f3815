import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';

/** What one run of a program cost. */
export interface Cost {
  /** From its start until it ended. */
  readonly seconds: number;
  /** User and system time of the program and of everything that it started. */
  readonly processorSeconds: number;
  /** Most memory that the program's own process held at a time (VmHWM). */
  readonly peakMiB: number;
  /** null: it did not end in time. */
  readonly code: number | null;
  /** Standard output and error, in the order in which they came. */
  readonly said: readonly { readonly at: number; readonly text: string }[];
  /** Of the whole machine over the last minute, when the run began. */
  readonly load: number;
}

export interface How {
  readonly env: Record<string, string>;
  readonly cwd: string;
  readonly limitMs: number;
}

const SAMPLE_MS = 40;
const wrapper = join(import.meta.dirname, 'tree-time.pl');

/** Runs a program with exactly this environment (and PATH), and waits until all of its processes are gone. */
export async function measure(argv: readonly string[], { env, cwd, limitMs }: How): Promise<Cost> {
  const load = loadavg()[0] ?? 0;
  const began = performance.now();
  const child = spawn('perl', [wrapper, ...argv], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const said: { at: number; text: string }[] = [];
  const hear = (text: string): void => {
    said.push({ at: (performance.now() - began) / 1000, text });
  };
  child.stdout?.setEncoding('utf8').on('data', hear);
  child.stderr?.setEncoding('utf8').on('data', hear);
  let report = '';
  child.stdio[3]?.on('data', (bytes: Buffer) => (report += bytes.toString()));
  let peakMiB = 0;
  const sampling = setInterval(() => {
    const pid = /^pid (\d+)$/m.exec(report)?.[1];
    if (pid !== undefined) peakMiB = Math.max(peakMiB, peakOf(pid));
  }, SAMPLE_MS);
  const limit = setTimeout(() => child.kill('SIGTERM'), limitMs);
  await new Promise((done) => child.on('close', done));
  clearInterval(sampling);
  clearTimeout(limit);
  const [, seconds, code, processor] = /^ended (\S+) (\d+) (\S+)$/m.exec(report) ?? [];
  const ended = code === undefined ? null : Number(code);
  const elapsed = (performance.now() - began) / 1000;
  return { seconds: Number(seconds ?? elapsed), processorSeconds: Number(processor), peakMiB, code: ended, said, load };
}

/** 0 once the process has ended. */
function peakOf(pid: string): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Seconds from the start until the program had said it; null: it never did. */
export function saidAfter({ said }: Cost, pattern: RegExp): number | null {
  let text = '';
  for (const part of said) {
    text += part.text;
    if (pattern.test(text)) return part.at;
  }
  return null;
}

export function allSaid({ said }: Cost): string {
  return said.map(({ text }) => text).join('');
}
