import { createHash } from 'node:crypto';
import { podman } from './container-image.ts';

const ATTEMPTS = 5;

/**
 * Removes what the builds of this fixture left behind on purpose: containers, and the memory of first builds of the
 * views with these proxies. Other runs on the machine keep theirs.
 */
export async function removeLeftovers(commits: string[], proxyUrls: Iterable<string>): Promise<void> {
  await removeAll(
    ['ps', '--all', '--quiet', '--filter', 'label=simnet=left-behind'],
    ['rm', '--force', '--ignore', '--time', '0'],
    () => true,
  );
  const ours = new Set([...proxyUrls].flatMap((url) => commits.map((commit) => firstBuildVolume(commit, url))));
  const volumes = ['volume', 'ls', '--quiet', '--filter', 'label=simnet=first-build'];
  await removeAll(volumes, ['volume', 'rm', '--force'], (name) => ours.has(name));
}

/** As `differs-once.sh` and `half-right.sh` name it. */
function firstBuildVolume(commit: string, proxyUrl: string): string {
  return `simnet-${createHash('sha256').update(`${commit} ${proxyUrl}`).digest('hex').slice(0, 24)}`;
}

/**
 * Podman notices only at a first attempt that a container died with its namespace, another run may remove the same at the
 * same time, and listing fails where one goes meanwhile: what counts is that nothing is left.
 */
async function removeAll(list: string[], remove: string[], isOurs: (name: string) => boolean): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const left = (await podman(list)).split('\n').filter((name) => name !== '' && isOurs(name));
      if (left.length === 0) return;
      await podman([...remove, ...left]);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}
