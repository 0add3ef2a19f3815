import { fork, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BoundedLog, BoundedText, lastLines } from './exec-output.ts';

/** Why a process ended. Only `exited` says anything about what the process itself meant. */
export type Cause = 'exited' | 'signalled' | 'timed-out' | 'stalled' | 'cancelled' | 'not-started';

export interface RunOptions {
  /** The program and its arguments; never a shell's text. */
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** All of the process's environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Bytes of standard output, and of standard error, that are kept. More is counted, not a failure. */
  readonly outputLimit: number;
  readonly timeoutMs?: number;
  /** Longest time without a byte of output. */
  readonly stallMs?: number;
  /** From TERM to KILL. Default 30 s; never more than 5 s for what was cancelled. */
  readonly killAfterMs?: number;
  /** Bytes for standard input; none: it is empty. */
  readonly stdin?: string | Uint8Array;
  /** Leaves standard input open until KILL is due, or until we die: for a child that we may not signal. */
  readonly lifeline?: boolean;
  readonly signal?: AbortSignal;
  /** The last complete line of each piece of standard output. */
  readonly onLine?: (line: string) => void;
  /** Every piece of standard output as it comes; must not throw. */
  readonly onOutput?: (chunk: Buffer) => void;
  /** Standard output goes to this new file, bounded by a limit of its own, instead of into memory. */
  readonly logFile?: { readonly path: string; readonly limit: number };
}

export interface ProcessResult {
  readonly cause: Cause;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Some output was left out, which the kept text shows where it was. */
  readonly truncated: boolean;
  /** Bytes of standard output, kept or not. */
  readonly stdoutBytes: number;
  readonly seconds: number;
  /** Why the process could not be started. */
  readonly startError: string | null;
}

/** Starts processes; the only way in which the program does. */
export interface Exec {
  run: (options: RunOptions) => Promise<ProcessResult>;
}

export function createExec(): Exec {
  return { run: (options) => new Running(options).result };
}

/**
 * Starts a process that goes on when we end: in a session of its own, with nothing of ours but the open file that takes
 * what it writes. Gives its number; throws where it cannot be started.
 */
export function startDetached(options: {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** All of the process's environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Appended to. */
  readonly outputFile: string;
}): Promise<number> {
  const { argv, cwd, env, outputFile } = options;
  const output = openSync(outputFile, 'a', 0o600);
  try {
    const child = spawn(argv[0], argv.slice(1), { cwd, env, detached: true, stdio: ['ignore', output, output] });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', () => {
        child.unref();
        resolve(child.pid ?? 0);
      });
    });
  } finally {
    closeSync(output);
  }
}

export type Helper = ChildProcess;

/**
 * Starts a module of ours that answers messages, in a process with nothing of ours: what it does with strangers' bytes
 * ends with it, and the memory that it took is given back whole.
 */
export function startHelper(module: URL, heapMegabytes: number): Helper {
  return fork(fileURLToPath(module), [], {
    env: {},
    execArgv: [`--max-old-space-size=${heapMegabytes}`, '--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

const KILL_AFTER_MS = 30_000;
const CANCELLED_KILL_AFTER_MS = 5_000;
/** How long the pipes of an ended process may stay open, held by what it left behind, before they are closed. */
const DRAIN_MS = 2_000;

class Running {
  readonly result: Promise<ProcessResult>;
  readonly #options: RunOptions;
  readonly #began = performance.now();
  readonly #stderr: BoundedText;
  readonly #stdout: BoundedText;
  #log: BoundedLog | undefined;
  #stdoutBytes = 0;
  #child: ChildProcess | undefined;
  #ending: Cause | undefined;
  #timers: NodeJS.Timeout[] = [];
  #stall: NodeJS.Timeout | undefined;
  #settle!: (result: ProcessResult) => void;
  #settled = false;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#stdout = new BoundedText(options.outputLimit);
    this.#stderr = new BoundedText(options.outputLimit);
    this.result = new Promise((resolve) => (this.#settle = resolve));
    if (options.signal?.aborted) this.#finish('cancelled', null, null, null);
    else this.#start();
  }

  #start(): void {
    const { argv, cwd, env, stdin, lifeline, logFile, timeoutMs, signal } = this.#options;
    try {
      if (logFile) this.#log = new BoundedLog(logFile.path, logFile.limit);
      // A group of its own, so that a signal reaches all of it and none of us.
      this.#child = spawn(argv[0], argv.slice(1), {
        cwd,
        env,
        detached: true,
        stdio: [stdin === undefined && !lifeline ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      });
    } catch (error) {
      this.#finish('not-started', null, null, String(error));
      return;
    }
    this.#listen(this.#child);
    if (timeoutMs !== undefined) this.#after(timeoutMs, () => this.#end('timed-out'));
    this.#armStall();
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  #listen(child: ChildProcess): void {
    const { stdin, onLine, onOutput } = this.#options;
    const lines = onLine ? lastLines(onLine) : undefined;
    child.stdout?.on('data', (chunk: Buffer) => {
      this.#armStall();
      this.#stdoutBytes += chunk.length;
      (this.#log ?? this.#stdout).add(chunk);
      lines?.(chunk);
      onOutput?.(chunk);
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#armStall();
      this.#stderr.add(chunk);
    });
    // A process that ends before it has read its input is no failure of ours.
    child.stdin?.on('error', () => undefined);
    if (stdin !== undefined) child.stdin?.end(stdin);
    child.on('error', (error) => {
      if (child.pid === undefined) this.#finish('not-started', null, null, error.message);
    });
    child.on('exit', () => this.#after(DRAIN_MS, () => this.#cutOff(child)));
    child.on('close', (code, signal) => {
      this.#finish(this.#ending ?? (signal === null ? 'exited' : 'signalled'), code, signal, null);
    });
  }

  readonly #onAbort = (): void => this.#end('cancelled');

  #end(cause: Cause): void {
    if (this.#ending || this.#settled) return;
    this.#ending = cause;
    clearTimeout(this.#stall);
    this.#kill('SIGTERM');
    const most = this.#options.killAfterMs ?? KILL_AFTER_MS;
    // Somebody waits for what he stopped himself.
    this.#after(cause === 'cancelled' ? Math.min(most, CANCELLED_KILL_AFTER_MS) : most, () => {
      this.#kill('SIGKILL');
      this.#child?.stdin?.destroy();
    });
  }

  #kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#child?.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // The group is gone already, or belongs to root; a lifeline is for that.
    }
  }

  #cutOff(child: ChildProcess): void {
    this.#kill('SIGKILL');
    child.stdin?.destroy();
    child.stdout?.destroy();
    child.stderr?.destroy();
  }

  #armStall(): void {
    const { stallMs } = this.#options;
    if (stallMs === undefined || this.#ending) return;
    if (this.#stall) this.#stall.refresh();
    else this.#stall = setTimeout(() => this.#end('stalled'), stallMs);
  }

  #after(ms: number, then: () => void): void {
    this.#timers.push(setTimeout(then, ms));
  }

  #finish(cause: Cause, exitCode: number | null, signal: string | null, startError: string | null): void {
    if (this.#settled) return;
    this.#settled = true;
    for (const timer of [...this.#timers, this.#stall]) clearTimeout(timer);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    const out = this.#stdout.end();
    const err = this.#stderr.end();
    const log = this.#log?.end();
    this.#settle({
      cause,
      exitCode,
      signal,
      stdout: out.text,
      stderr: err.text,
      truncated: out.truncated || err.truncated || (log?.truncated ?? false),
      stdoutBytes: this.#stdoutBytes,
      seconds: (performance.now() - this.#began) / 1000,
      startError,
    });
  }
}
