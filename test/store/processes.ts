import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';

/** Starts another process on the same store; see store-process.ts. */
export function storeProcess(...argv: string[]): ChildProcess {
  return spawn(process.execPath, [resolve(import.meta.dirname, 'store-process.ts'), ...argv], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

/** Its standard output once it ended well. */
export async function outputOf(child: ChildProcess): Promise<string> {
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((done) => child.on('close', done));
  if (code !== 0) throw new Error(`the process ended with ${String(code)}`);
  return output;
}

/** Resolves at the first line of standard output. */
export async function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((done, failed) => {
    child.stdout?.setEncoding('utf8').once('data', (text: string) => done(text.trim()));
    child.once('exit', () => failed(new Error('the process ended without a word')));
  });
}

/** Kills it at once, and waits until it is gone. */
export async function killed(child: ChildProcess): Promise<void> {
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await gone;
}

/** Runs a task in so many processes, which all begin when the last one is ready. Gives what each said at its end. */
export async function together(count: number, task: string, address: string, argument = ''): Promise<unknown[]> {
  const children = Array.from({ length: count }, (_, n) => storeProcess(task, address, String(n + 1), argument));
  try {
    const outputs = children.map(outputOf);
    // What fails before it is ready fails below.
    await Promise.race([Promise.all(children.map(firstLine)), Promise.all(outputs)]);
    for (const child of children) child.stdin?.write('go\n');
    return (await Promise.all(outputs)).map((output) => JSON.parse(output.slice('ready\n'.length)) as unknown);
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
}
