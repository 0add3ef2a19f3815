import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scenarios } from '../../simnet/scenarios/index.ts';
import { loopback } from '../support/loopback.ts';
import { runProgram } from '../support/program.ts';

const world = loopback('environment');

it.each([
  [['--version'], 'HTTPS_PROXY', 'socks5h://me:hunter2@127.0.0.1:9'],
  [['verify', '--help'], 'http_proxy', 'http://me:hunter2@127.0.0.1:99999'],
  [['doctor'], 'HTTPS_PROXY', 'http://me:hunter2%@127.0.0.1:9'],
  [['status'], 'No_Proxy', 'hunter2'],
  [['--version'], 'NODE_OPTIONS', '--no-such-option=hunter2'],
  [['--version'], 'NODE_OPTIONS', '--import=./hunter2.mjs'],
  [[], 'NODE_TLS_REJECT_UNAUTHORIZED', '0'],
])('names what cannot be used whatever is asked: %j with %s', async (argv, name, value) => {
  const env = { HOME: join(world.scratch, 'asked'), NODE_USE_ENV_PROXY: '1', [name]: value };
  const { code, stdout, stderr } = await runProgram(argv, env);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(name);
  expect(stderr).not.toMatch(/hunter2|\n\s+at /);
});

it('plans without touching anything', async () => {
  const view = await world.simnet.openView(scenarios.find(({ name }) => name === 'plan')!);
  const env = {
    ...view.env,
    HOME: join(world.scratch, 'plan'),
    NNS_WATCH_DATA_DIR: join(world.scratch, 'plan/data'),
    MIN_DISK_GB: '1',
    MIN_RAM_GB: '999999',
  };
  const { code, stdout } = await runProgram(['verify', String(view.proposalId), '--plan'], env);
  expect(code).toBe(0);
  // As in the verdict and in doctor: what this machine lacks for the build.
  expect(stdout).toMatch(
    /\nBuild: the build script .*\nDownloads: about [\d.]+ GiB in \d+ images\n {2}GuestOS: \d × 396\.7 MiB \(typical size/,
  );
  expect(stdout).toContain('\nTime: about 2 h, the downloads beside the build (a guess: no run has been timed here)\n');
  expect(stdout).toMatch(/\nThis machine cannot build it:\n✖ .*999999/);
  expect(stdout.includes('virtual machine, which is then emulated')).toBe(!existsSync('/dev/kvm'));
  expect(stdout).toContain('Nothing was fetched, built or verified.');
  expect(stdout).toContain(`https://download.dfinity.systems/ic/${view.release.commit}/guest-os/update-img/SHA256SUMS`);
  expect(await readdir(join(world.scratch, 'plan')).catch(() => [])).toEqual([]);
  expect(view.requests.filter(({ url }) => url.includes('download.dfinity'))).toEqual([]);
  await view.close();
});
