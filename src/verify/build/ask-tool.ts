import { plainText } from '../../domain/text.ts';
import type { Exec, ProcessResult } from '../../platform/exec.ts';
import { toolEnvironment } from './builder-deps.ts';

export type Argv = readonly [string, ...string[]];

/** What came of a short command. */
export interface Answer {
  readonly worked: boolean;
  readonly stdout: string;
  /** Why it did not work, as one bounded line. */
  readonly why: string;
  readonly missing: boolean;
}

export interface AskDeps {
  readonly exec: Exec;
  /** Our own environment, of which the command gets what the tools around a build get. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  readonly timeoutMs: number;
}

/** Runs a short command as the tools around a build are run: their environment, no input, a limit of time. */
export async function askTool(argv: Argv, { exec, env, signal, timeoutMs }: AskDeps): Promise<Answer> {
  const result = await exec.run({
    argv,
    cwd: '/',
    env: toolEnvironment({ env }),
    outputLimit: 16 * 1024,
    timeoutMs,
    killAfterMs: 500,
    // What runs by way of sudo ends when this input closes, so it has to stay open.
    lifeline: true,
    ...(signal ? { signal } : {}),
  });
  const worked = result.cause === 'exited' && result.exitCode === 0;
  return { worked, stdout: result.stdout, why: worked ? '' : whyOf(result), missing: result.cause === 'not-started' };
}

function whyOf({ cause, exitCode, signal, stderr, startError, seconds }: ProcessResult): string {
  const said = plainText(stderr.trim().split('\n').slice(-3).join(' '), 300);
  if (cause === 'not-started') return plainText(startError ?? 'not started', 200);
  if (cause === 'exited') return said === '' ? `exit code ${exitCode ?? 'unknown'}` : said;
  if (cause === 'signalled') return `ended by ${signal ?? 'a signal'}; ${said}`;
  return `${cause} after ${Math.round(seconds)} s${said === '' ? '' : `; ${said}`}`;
}
