import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

export interface Ran {
  /** null: ended by a signal. */
  code: number | null;
  stdout: string;
  stderr: string;
  seconds: number;
}

export interface RunHow {
  cwd?: string;
  /** Where the program is installed. Default: this tree. */
  installation?: string;
  /** Ended by SIGKILL after this time. */
  limitMs?: number;
  /** Gets SIGINT once its standard error matches. */
  interruptWhen?: RegExp;
  /** Gets SIGINT once this is so. */
  interruptWhile?: () => boolean;
}

/** What a started program gets beside its settings: the ways to programs, and to what was compiled for an earlier one. */
export function withWays(env: Record<string, string>): Record<string, string> {
  const { PATH = '', HOME = '/root', NODE_COMPILE_CACHE } = process.env;
  return { PATH, HOME, ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }), ...env };
}

/** Runs the real launcher with exactly this environment (and PATH), as a user would. */
export async function runProgram(argv: readonly string[], env: Record<string, string>, how: RunHow = {}): Promise<Ran> {
  const began = Date.now();
  const child = spawn(resolve(how.installation ?? root, 'bin/nns-watch'), argv, {
    env: withWays(env),
    cwd: how.cwd ?? root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let interrupted = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    if (interrupted || !how.interruptWhen?.test(stderr)) return;
    interrupted = true;
    setTimeout(() => child.kill('SIGINT'), 500);
  });
  const watch = setInterval(() => {
    if (!how.interruptWhile?.()) return;
    clearInterval(watch);
    child.kill('SIGINT');
  }, 50);
  const limit = setTimeout(() => child.kill('SIGKILL'), how.limitMs ?? 120_000);
  const code = await new Promise<number | null>((done) => child.on('close', done));
  clearTimeout(limit);
  clearInterval(watch);
  return { code, stdout, stderr, seconds: (Date.now() - began) / 1000 };
}
