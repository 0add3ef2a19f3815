import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { scenarios } from '../../simnet/scenarios/index.ts';

const MAIN = resolve(import.meta.dirname, '../../simnet/main.ts');
const run = promisify(execFile);
const simnet = (...args: string[]): Promise<{ stdout: string }> => run(process.execPath, [MAIN, ...args]);

test('lists every scenario with what is to be said of it', async () => {
  const lines = (await simnet('--list')).stdout.trim().split('\n');
  expect(lines.map((line) => line.split(' ')[0])).toEqual(scenarios.map(({ name }) => name));
  expect(lines.find((line) => line.startsWith('empty-url-list '))).toMatch(
    / inconclusive malformed-payload +The payload /,
  );
});

test('runs a command in a scenario and ends with its exit code', async () => {
  const script = 'echo "$SIMNET_PROPOSAL_ID $0 $SIMNET_COMMIT $1 $HTTPS_PROXY"; exit 7';
  const ended = simnet('--scenario', 'upper-case-hash', '--', 'sh', '-c', script, '{id}', '{commit}');
  const { code, stdout } = (await ended.catch((error: unknown) => error)) as { code?: number; stdout: string };
  expect(code).toBe(7);
  expect(stdout).toMatch(/^(\d{6}) \1 ([0-9a-f]{40}) \2 http:\/\/127\.0\.0\.1:\d+\n$/);
});

test('prints the environment and stays until it is told to end', async () => {
  const child = spawn(process.execPath, [MAIN, '--scenario', 'upper-case-hash'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [first] = (await once(child.stdout, 'data')) as [Buffer];
  expect(first.toString()).toMatch(/^export HTTPS_PROXY='http:\/\/127\.0\.0\.1:\d+'\n/);
  expect(child.exitCode).toBeNull();
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
});

test('refuses a scenario that does not exist, and says how it is used', async () => {
  await expect(simnet('--scenario', 'no-such-thing')).rejects.toMatchObject({ code: 2 });
  await expect(simnet()).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('usage:') as string });
});
