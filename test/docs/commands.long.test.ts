import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scenarios } from '../../simnet/scenarios/index.ts';
import { startSimnet, type Simnet } from '../../simnet/simnet.ts';
import { root } from '../support/program.ts';
import { blocksMarked } from './commands.ts';

const run = promisify(execFile);
let scratch: string;
let simnet: Simnet;
let env: Record<string, string>;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'nns-watch-commands-'));
  const checkout = join(scratch, 'checkout');
  const listed = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const name of listed.stdout.split('\0').filter((each) => each !== '')) {
    await cp(join(root, name), join(checkout, name), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(checkout, 'node_modules'));
  simnet = await startSimnet({ dataDir: join(scratch, 'simnet'), imageBytes: 200_000 });
  const scenario = scenarios.find(({ name }) => name === 'correct-guestos');
  if (!scenario) throw new Error('no scenario');
  const view = await simnet.openView(scenario);
  env = { ...view.env, MIN_DISK_GB: '1', MIN_RAM_GB: '1' };
}, 300_000);
afterAll(async () => {
  await simnet.close();
  await rm(scratch, { recursive: true, force: true });
});

describe('each block of commands that is marked as runnable', () => {
  it.each(blocksMarked('run'))('works in a checkout: $document $text', { timeout: 600_000 }, async ({ text }) => {
    // The demo brings an Internet of its own.
    const outside = text.includes('script/demo') ? {} : env;
    const { stdout } = await run('sh', ['-eu', '-c', text], {
      cwd: join(scratch, 'checkout'),
      env: { PATH: process.env['PATH'] ?? '', HOME: join(scratch, 'home'), ...outside },
      timeout: 590_000,
      maxBuffer: 1e8,
    });
    expect(stdout).not.toBe('');
  });
});
