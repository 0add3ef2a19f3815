import { parseCommitId } from '../../../src/domain/ids.ts';
import { createExec } from '../../../src/platform/exec.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { createBuilder } from '../../../src/verify/build/builder.ts';
import { DEFAULT_BUILD_ENV } from '../../../src/verify/build/build-env.ts';
import { repositoryDeps } from '../git/loopback-git.ts';

/** A builder in a process of its own, for tests that kill it. Arguments: repository, cache directory, commit. */
const [url = '', cacheDir = '', id = ''] = process.argv.slice(2);
const commit = parseCommitId(id);
if (!commit) throw new Error('no commit');
const builder = createBuilder({
  exec: createExec(),
  clock: systemClock,
  blobs: { put: () => Promise.reject(new Error('no log is expected')), get: () => Promise.resolve(null) },
  repository: repositoryDeps(url, cacheDir),
  cacheDir,
  hidePaths: [],
  env: process.env,
  allowedEnv: DEFAULT_BUILD_ENV,
  secretNames: [],
  user: { uid: 0, gid: 0, name: 'root', home: '/root' },
  hostname: 'killed',
  timeoutMs: 60_000,
  minDiskBytes: 1,
});
await builder.build(
  {
    commit,
    tree: {
      buildScript: 'ci/container/build-ic.sh',
      containerRun: null,
      hasRecovery: false,
      hasMeasurements: false,
      committedAt: 0,
    },
    components: ['guestos'],
    attempt: 1,
    keep: false,
  },
  new AbortController().signal,
  () => undefined,
);
