import type { Exec, ProcessResult } from '../../platform/exec.ts';
import { vmUnfinished } from './kvm.ts';
import { LogTail, plainLine, type LogSoFar } from './log-tail.ts';

export { plainLine } from './log-tail.ts';

export interface RunInputs {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** For the programs that set the isolation up; the build gets its own from the argv. */
  readonly env: Readonly<Record<string, string>>;
  readonly isolated: boolean;
  /** The source builds in virtual machines: what its log says of them is listened to. */
  readonly buildsInVm: boolean;
  readonly timeoutMs: number;
  readonly killAfterMs: number;
  readonly log: { readonly path: string; readonly limit: number };
  readonly signal: AbortSignal;
  readonly onProgress: (seconds: number, lastLine: string, log: LogSoFar) => void;
}

export interface RunReport {
  readonly result: ProcessResult;
  /** The isolation stood, and the command was begun. */
  readonly started: boolean;
  /** Exit code of the command itself, null where it did not come to its own end. */
  readonly exitCode: number | null;
  readonly leftBehind: number;
  readonly lastLine: string;
  /** The first line by which a virtual machine of the build did not come to its end: a stranger's words. */
  readonly vmUnfinished: string | null;
}

const PROGRESS_MS = 500;
/** Without a new line of the build's, so often is said that it goes on. */
const QUIET_TICKS = 10;

/** Runs the build once, with its limits. The one impure step between the argv and the report. */
export async function runBuild(exec: Exec, inputs: RunInputs): Promise<RunReport> {
  const began = performance.now();
  let lastLine = '';
  const tail = new LogTail(inputs.buildsInVm ? vmUnfinished : null);
  let shown: string | null = null;
  let quiet = 0;
  const timer = setInterval(() => {
    quiet += 1;
    if (lastLine === shown && quiet < QUIET_TICKS) return;
    [shown, quiet] = [lastLine, 0];
    inputs.onProgress(Math.round((performance.now() - began) / 1000), plainLine(lastLine), tail.soFar());
  }, PROGRESS_MS);
  try {
    const result = await exec.run({
      argv: inputs.argv,
      cwd: inputs.cwd,
      env: inputs.env,
      outputLimit: 64 * 1024,
      timeoutMs: inputs.timeoutMs,
      killAfterMs: inputs.killAfterMs,
      lifeline: true,
      signal: inputs.signal,
      logFile: inputs.log,
      onLine: (line) => (lastLine = line),
      onOutput: (chunk) => tail.add(chunk),
    });
    return { result, ...reportOf(result, inputs.isolated), lastLine: plainLine(lastLine), vmUnfinished: tail.found };
  } finally {
    clearInterval(timer);
  }
}

/** What the isolation's first process told on a channel that the build does not have. */
function reportOf(result: ProcessResult, isolated: boolean): Pick<RunReport, 'started' | 'exitCode' | 'leftBehind'> {
  const exitCode = result.cause === 'exited' ? result.exitCode : null;
  if (!isolated) return { started: result.cause !== 'not-started', exitCode, leftBehind: 0 };
  const ended = /^nns-watch: ended (\d+)$/m.exec(result.stderr)?.[1];
  return {
    started: /^nns-watch: started$/m.test(result.stderr),
    exitCode: ended === undefined || Number(ended) !== exitCode ? null : exitCode,
    leftBehind: Number(/^nns-watch: left-behind (\d+)$/m.exec(result.stderr)?.[1] ?? 0),
  };
}
