import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { root, withWays } from './program.ts';

/** A running `nns-watch watch`, or any other command that goes on until it is stopped. */
export class RunningProgram {
  readonly child: ChildProcess;
  /** Resolves with the exit code; null: ended by a signal. */
  readonly ended: Promise<number | null>;
  stdout = '';
  stderr = '';
  #changed: () => void = () => undefined;

  constructor(argv: readonly string[], env: Record<string, string>) {
    this.child = spawn(resolve(root, 'bin/nns-watch'), argv, {
      env: withWays(env),
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#changed();
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#changed();
    });
    this.ended = new Promise((done) => this.child.on('close', done));
  }

  /** Waits until the program has said enough; throws with what it said where it does not, or ends before. */
  async until(enough: (said: RunningProgram) => boolean, limitMs = 60_000): Promise<void> {
    const state = { late: false, over: false };
    const timer = setTimeout(() => {
      state.late = true;
      this.#changed();
    }, limitMs);
    void this.ended.then(() => {
      state.over = true;
      this.#changed();
    });
    try {
      while (!enough(this)) {
        if (state.late || state.over) {
          throw new Error(
            `${state.over ? 'ended' : 'too late'}\n${this.stdout.slice(-6000)}\n${this.stderr.slice(-6000)}`,
          );
        }
        await new Promise<void>((changed) => (this.#changed = changed));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Gives the exit code and the seconds that stopping took. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ code: number | null; seconds: number }> {
    const began = Date.now();
    this.child.kill(signal);
    const code = await this.ended;
    return { code, seconds: (Date.now() - began) / 1000 };
  }
}
