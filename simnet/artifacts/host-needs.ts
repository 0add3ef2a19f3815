import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.ts';

const PODMAN_FILE_LIMIT = 1_048_576;

/**
 * Environment for anyone who runs podman here as the build will. The fixture's own script needs none of it: it looks
 * at the host itself, because sudo drops the environment.
 */
export async function podmanEnvironment(dataDir: string): Promise<Record<string, string>> {
  const lines: string[] = [];
  const files = (await run('bash', ['-c', 'ulimit -Hn'])).trim();
  // A host that mounts both generations of cgroups, which crun refuses.
  if (existsSync('/sys/fs/cgroup/unified')) lines.push('[engine]', 'runtime = "runc"');
  // Without CAP_SYS_RESOURCE no runtime can raise a hard limit.
  if (files !== 'unlimited' && Number(files) < PODMAN_FILE_LIMIT) {
    lines.push('[containers]', `default_ulimits = ["nofile=${files}:${files}", "nproc=8192:8192"]`);
  }
  if (lines.length === 0) return {};
  const path = join(dataDir, 'containers.conf');
  await writeFile(path, `${lines.join('\n')}\n`);
  return { CONTAINERS_CONF: path };
}
