import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { scenarios } from '../../simnet/scenarios/index.ts';
import { loopback } from '../support/loopback.ts';
import { runProgram } from '../support/program.ts';
import { RunningProgram } from '../support/service.ts';
import { containersOf, processesOf } from './aftermath.ts';

const world = loopback('second-signal');

const settings = (name: string): Record<string, string> => ({
  HOME: join(world.scratch, name),
  NNS_WATCH_DATA_DIR: join(world.scratch, name, 'data'),
  NNS_WATCH_CACHE_DIR: join(world.scratch, name, 'cache'),
  MIN_DISK_GB: '1',
  MIN_RAM_GB: '1',
  STATUS_LISTEN: 'off',
});

/** What the build in the only workspace has said. */
function logIn(cache: string): string {
  const [workspace] = existsSync(cache) ? readdirSync(cache).filter((name) => name.startsWith('tmp-')) : [];
  const log = join(cache, workspace ?? '', 'build.log');
  return workspace !== undefined && existsSync(log) ? readFileSync(log, 'utf8') : '';
}

async function until(isSo: () => boolean): Promise<void> {
  const limit = Date.now() + 60_000;
  while (!isSo() && Date.now() < limit) await pause(100);
  expect(isSo()).toBe(true);
}

it('ends a run at once that waits for a stubborn build, and the build with it; the next builder cleans up', async () => {
  const view = await world.simnet.openView(scenarios.find(({ name }) => name === 'build-hangs')!);
  const env = { ...view.env, ...settings('verify'), BUILD_TIMEOUT: '10m' };
  const verify = new RunningProgram(['verify', '-p', String(view.proposalId), '--guestos'], env);
  const cache = join(world.scratch, 'verify', 'cache');
  await until(() => logIn(cache).includes('waiting for a lock that nobody gives back'));
  verify.child.kill('SIGINT');
  await pause(2000);
  expect(verify.child.exitCode, 'it waits for its build').toBeNull();
  const { code, seconds } = await verify.stop('SIGTERM');
  expect(code).toBe(130);
  expect(seconds).toBeLessThan(2);
  await until(() => processesOf(join(world.scratch, 'verify')).length === 0);
  expect((await runProgram(['build', '--for-watch'], env)).code).toBe(0);
  expect(await containersOf(join(world.scratch, 'verify'))).toEqual([]);
  expect(readdirSync(cache).filter((name) => name.startsWith('tmp-'))).toEqual([]);
  await view.close();
});

it.each([
  ['SIGTERM', 'SIGINT'],
  ['SIGINT', 'SIGTERM'],
] as const)('ends the service at once, in whatever it is: %s, then %s', async (first, second) => {
  const watch = new RunningProgram(['watch', '--no-builder'], { ...settings(first), IC_HOSTS: 'https://ic.invalid' });
  await watch.until(({ stderr }) => stderr.includes('nns-watch started'));
  watch.child.kill(first);
  const { code, seconds } = await watch.stop(second);
  expect(code).toBe(130);
  expect(seconds).toBeLessThan(2);
});

it('ends the service by the first signal, though a library keeps something open', async () => {
  const code = "import { createServer } from 'node:net'; createServer().listen(0, '127.0.0.1');";
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(code)}`;
  const env = { ...settings('kept-open'), IC_HOSTS: 'https://ic.invalid', NODE_OPTIONS };
  const watch = new RunningProgram(['watch', '--no-builder'], env);
  await watch.until(({ stderr }) => stderr.includes('nns-watch started'));
  const late = setTimeout(() => watch.child.kill('SIGKILL'), 20_000);
  const ended = await watch.stop();
  clearTimeout(late);
  expect(ended.code).toBe(0);
  expect(ended.seconds).toBeLessThan(10);
});
