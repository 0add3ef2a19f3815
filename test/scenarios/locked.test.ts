import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { firstLine, killed, storeProcess } from '../store/processes.ts';
import { runProgram } from '../support/program.ts';
import { isLong } from '../support/seeded.ts';
import { RunningProgram } from '../support/service.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'nns-watch-locked-'));
});
const children: ChildProcess[] = [];
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(scratch, { recursive: true, force: true });
});

const settings = (name: string): Record<string, string> => ({
  HOME: join(scratch, name),
  NNS_WATCH_DATA_DIR: join(scratch, name, 'data'),
  NNS_WATCH_CACHE_DIR: join(scratch, name, 'cache'),
  IC_HOSTS: 'https://ic.invalid',
  LOG_FORMAT: 'json',
  STATUS_LISTEN: 'off',
});

/** Keeps everybody else from writing to the database. Gives what ends that. */
async function lock(name: string): Promise<() => Promise<void>> {
  const other = storeProcess('lock', join(scratch, name, 'data', 'nns-watch.sqlite'));
  children.push(other);
  expect(await firstLine(other)).toBe('locked');
  return () => killed(other);
}

function started(name: string, argv: readonly string[]): RunningProgram {
  const program = new RunningProgram(argv, settings(name));
  children.push(program.child);
  return program;
}

async function watching(name: string): Promise<RunningProgram> {
  const watch = started(name, ['watch', '--no-builder']);
  await watch.until(({ stderr }) => stderr.includes('nns-watch started'));
  return watch;
}

/** Its next look for what to verify comes within a second, and waits. */
const A_ROUND_MS = 1500;
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

it.concurrent('a service stops as asked, and in good order, when another process lets go of the database', async () => {
  const watch = await watching('let-go');
  const letGo = await lock('let-go');
  await pause(A_ROUND_MS);
  const stopped = watch.stop();
  await watch.until(({ stderr }) => stderr.includes('"Stopping"'), 2000);
  expect(watch.child.exitCode).toBeNull();
  await letGo();
  const { code, seconds } = await stopped;
  expect(code).toBe(0);
  expect(seconds).toBeLessThan(5);
  expect(watch.stderr).not.toContain('does not stop');
});

it.concurrent('a run that waits for the database before it has begun anything ends at once', async () => {
  expect((await runProgram(['migrate'], settings('verify'))).code).toBe(0);
  await lock('verify');
  const verify = started('verify', ['verify', '-p', '1']);
  // On a busy machine Node.js itself takes a second or two to begin.
  await pause(2 * A_ROUND_MS);
  const { code, seconds } = await verify.stop('SIGINT');
  expect(code).toBe(130);
  expect(seconds).toBeLessThan(2);
});

it.concurrent('a service stops within ten seconds though the database stays locked', { skip: !isLong }, async () => {
  const watch = await watching('stays');
  await lock('stays');
  await pause(A_ROUND_MS);
  const { code, seconds } = await watch.stop();
  expect(code).toBe(0);
  expect(seconds).toBeLessThan(10);
});

it.concurrent('one that has not even started does so as well', { skip: !isLong }, async () => {
  expect((await runProgram(['migrate'], settings('start'))).code).toBe(0);
  await lock('start');
  const watch = started('start', ['watch', '--no-builder']);
  await pause(A_ROUND_MS);
  const { code, seconds } = await watch.stop();
  expect(code).toBe(0);
  expect(seconds).toBeLessThan(10);
});

it.concurrent('a builder that waits hears the second signal at once', { skip: !isLong }, async () => {
  const build = started('build', ['build']);
  await build.until(({ stderr }) => stderr.includes('Builder ready'));
  await lock('build');
  await pause(A_ROUND_MS);
  build.child.kill('SIGTERM');
  await pause(500);
  expect(build.child.exitCode).toBeNull();
  const { code, seconds } = await build.stop('SIGINT');
  expect(code).toBe(130);
  expect(seconds).toBeLessThan(2);
});
