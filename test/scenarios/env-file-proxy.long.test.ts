import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scenarios } from '../../simnet/scenarios/index.ts';
import { loopback } from '../support/loopback.ts';
import { runProgram } from '../support/program.ts';

const world = loopback('env-file-proxy');

it('a proxy that stands in the settings file alone is the way of every request, that of Sigstore’s root too', async () => {
  const view = await world.simnet.openView(scenarios.find(({ name }) => name === 'correct-guestos')!);
  // With the public-good root: no signature of the loopback Internet is one, so that a newer root is asked for.
  const { HTTPS_PROXY, HTTP_PROXY, SIGSTORE_TRUSTED_ROOT, ...env } = view.env;
  expect([HTTPS_PROXY, SIGSTORE_TRUSTED_ROOT]).not.toContain(undefined);
  const file = join(world.scratch, 'settings.env');
  await writeFile(file, `HTTPS_PROXY=${HTTPS_PROXY}\n${HTTP_PROXY === undefined ? '' : `HTTP_PROXY=${HTTP_PROXY}\n`}`);
  const places = {
    HOME: world.scratch,
    NNS_WATCH_DATA_DIR: join(world.scratch, 'data'),
    NNS_WATCH_CACHE_DIR: join(world.scratch, 'cache'),
  };
  const argv = ['verify', '-p', String(view.proposalId), '--guestos', '--no-build', '--json', '--env-file', file];
  const { stdout, stderr } = await runProgram(argv, { ...env, ...places });
  const { checks } = JSON.parse(stdout) as { checks: { id: string; outcome: string }[] };
  expect(checks, stderr).toContainEqual(expect.objectContaining({ id: 'package-hash', outcome: 'verified' }));
  expect([...new Set(view.unknownHosts)]).toEqual(['tuf-repo-cdn.sigstore.dev']);
  await view.close();
});
