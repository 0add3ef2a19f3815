import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../support/program.ts';
import { RunningProgram } from '../support/service.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'nns-watch-stray-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** Has a promise rejected that nobody holds, from code that seems to lie in this file, when `signal` comes. */
function rejectedFrom(file: string): string {
  const code = `
    import { Script } from 'node:vm';
    const fail = new Script('Promise.reject(new Error("nobody waited for this"))', { filename: ${JSON.stringify(file)} });
    process.on('SIGUSR2', () => fail.runInThisContext());`;
  return `--import=data:text/javascript,${encodeURIComponent(code)}`;
}

const settings = (name: string, file: string): Record<string, string> => ({
  HOME: join(scratch, name),
  NNS_WATCH_DATA_DIR: join(scratch, name, 'data'),
  NNS_WATCH_CACHE_DIR: join(scratch, name, 'cache'),
  IC_HOSTS: 'https://ic.invalid',
  LOG_FORMAT: 'json',
  NODE_OPTIONS: rejectedFrom(file),
});

async function watching(name: string, file: string): Promise<RunningProgram> {
  const watch = new RunningProgram(['watch', '--no-builder'], settings(name, file));
  await watch.until(({ stderr }) => stderr.includes('nns-watch started'));
  watch.child.kill('SIGUSR2');
  return watch;
}

describe('a failure that nobody waited for', () => {
  it('of a chat’s library leaves the service running', async () => {
    const watch = await watching('library', '/x/node_modules/discord.js/src/client.js');
    await watch.until(({ stderr }) => stderr.includes('Unhandled error of a library'));
    await watch.until(({ stderr }) => stderr.split('Round failed').length > 1);
    expect(watch.stderr).toContain('"origin":"discord"');
    expect((await watch.stop()).code).toBe(0);
  });

  it('of anything else ends it with 70, in good order', async () => {
    const watch = await watching('bug', '/x/dist/store/anything.js');
    expect(await watch.ended).toBe(70);
    expect(watch.stderr).toContain('Unexpected error, the service ends');
    expect(watch.stderr).toContain('"Stopping"');
    expect(watch.stderr).toContain('✖ A bug ended the service (unexpected): nobody waited for this');
  });

  it('of a command ends it with 70, never with 1', async () => {
    const options = `--import=data:text/javascript,${encodeURIComponent('setImmediate(() => { throw new Error("oops " + process.env.WEBHOOK_SECRET); })')}`;
    const secret = { WEBHOOK_URL: 'https://hooks.example/', WEBHOOK_SECRET: 'whsec_hunter2hunter2' };
    const { code, stderr } = await runProgram(['status'], { HOME: scratch, NODE_OPTIONS: options, ...secret });
    expect([code, stderr]).toEqual([
      70,
      expect.stringContaining('Unexpected trouble (bug, unexpected): oops [secret]'),
    ]);
    expect(stderr).not.toContain('hunter2');
  });
});
