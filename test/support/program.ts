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

/** Runs the real launcher with exactly this environment (and PATH), as a user would; ended after `limitMs`. */
export async function runProgram(
  argv: readonly string[],
  env: Record<string, string>,
  limitMs = 120_000,
): Promise<Ran> {
  const began = Date.now();
  const child = spawn(resolve(root, 'bin/nns-watch'), argv, {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/root', ...env },
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const code = await new Promise<number | null>((done) => child.on('close', done));
  clearTimeout(limit);
  return { code, stdout, stderr, seconds: (Date.now() - began) / 1000 };
}
