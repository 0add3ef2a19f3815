import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { scenarios } from '../../simnet/scenarios/index.ts';
import { startSimnet } from '../../simnet/simnet.ts';
import { openSqlite } from '../../src/store/database.ts';
import { runProgram } from '../support/program.ts';
import { RunningProgram } from '../support/service.ts';

it('a run by hand says when its hold on a commit is not renewed', async () => {
  const home = await mkdtemp(join(tmpdir(), 'nns-watch-hold-'));
  const simnet = await startSimnet({ dataDir: join(home, 'simnet') });
  const view = await simnet.openView(scenarios.find(({ name }) => name === 'build-hangs')!);
  const places = { HOME: home, NNS_WATCH_DATA_DIR: join(home, 'data'), NNS_WATCH_CACHE_DIR: join(home, 'cache') };
  const env = { ...view.env, ...places, MIN_DISK_GB: '1', MIN_RAM_GB: '1', BUILD_TIMEOUT: '10m' };
  const verify = new RunningProgram(['verify', '-p', String(view.proposalId), '--guestos'], env);
  onTestFinished(async () => {
    verify.child.kill('SIGKILL');
    await verify.ended;
    // Takes away what the killed one left.
    await runProgram(['build', '--for-watch'], env);
    await simnet.close();
    await rm(home, { recursive: true, force: true });
  });
  await verify.until(({ stderr }) => stderr.includes('Building'));
  const thief = openSqlite(join(home, 'data', 'nns-watch.sqlite'));
  await sql`update locks set holder = 'somebody else'`.execute(thief.db);
  await thief.close();
  await verify.until(({ stderr }) => stderr.includes('⚠ The hold on a commit was not renewed: the lease "build '));
  expect(verify.child.exitCode).toBeNull();
});
