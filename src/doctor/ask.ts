import type { ProcessResult } from '../platform/exec.ts';
import { plainText } from '../domain/text.ts';
import { toolEnvironment } from '../verify/build/builder-deps.ts';
import { EXCHANGE_MS, type DoctorPorts } from './ports.ts';

export type Argv = readonly [string, ...string[]];

export interface Answer {
  readonly worked: boolean;
  readonly stdout: string;
  /** Why it did not work, as one bounded line. */
  readonly why: string;
  readonly missing: boolean;
}

type AskPorts = Pick<DoctorPorts, 'exec' | 'config'>;

/** Runs a command as the tools around a build are run: their environment, no input, no end of patience. */
export async function ask(argv: Argv, ports: AskPorts, signal: AbortSignal, timeoutMs = EXCHANGE_MS): Promise<Answer> {
  const result = await ports.exec.run({
    argv,
    cwd: '/',
    env: toolEnvironment({ env: ports.config.environment }),
    outputLimit: 16 * 1024,
    timeoutMs,
    killAfterMs: 500,
    // What runs by way of sudo ends when this input closes, so it has to stay open.
    lifeline: true,
    signal,
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
