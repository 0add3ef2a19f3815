import { spawn } from 'node:child_process';

interface RunOptions {
  input?: string;
  env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end; anything but exit code 0 is an error that carries what it said. */
export async function run(program: string, args: string[], { input, env }: RunOptions = {}): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: env ?? process.env });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  // A program that ends early closes its input; what it said explains more than EPIPE does.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on('error', reject);
  child.on('close', resolve);
  const code = await promise;
  if (code === 0) return Buffer.concat(output).toString('utf8');
  throw new Error(
    `${program} ${args.join(' ')}: exit ${String(code)}: ${Buffer.concat(errors).toString('utf8').trim()}`,
  );
}
