import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { removeDeadContainers } from '../../../src/verify/build/leftovers.ts';
import { isLong } from '../../support/seeded.ts';
import { containersOf, IMAGE, importImage, leftovers, podman, removeImage } from './containers.ts';

const [LISTINGS, MOST_MS] = isLong ? [50, 120_000] : [6, 10_000];
const LABEL = `race=${process.pid}`;

beforeAll(importImage, 60_000);
afterAll(removeImage);

/** Makes and removes containers, each there for a moment, until it is told to end. */
async function comeAndGo(over: () => boolean): Promise<number> {
  const run = promisify(execFile);
  let made = 0;
  while (!over()) {
    const { stdout } = await run('podman', ['create', '--pull=never', IMAGE, 'true']);
    // Who lists at this moment finds it named and cannot read it; somebody may have brought its removal to an end.
    await run('podman', ['rm', '--force', '--ignore', stdout.trim()]);
    made += 1;
  }
  return made;
}

it(
  'containers that come and go while they are listed keep nobody from listing, and none of anybody’s is taken',
  async () => {
    const since = Date.now() - 1_000;
    const bystander = podman('create', '--label', LABEL, '--pull=never', IMAGE, 'true');
    let over = false;
    const others = [comeAndGo(() => over), comeAndGo(() => over)];
    const until = performance.now() + MOST_MS;
    try {
      for (let count = 0; count < LISTINGS && (count === 0 || performance.now() < until); count += 1)
        expect(await removeDeadContainers(since, leftovers(), ['/nowhere/tmp-1'])).toBe(0);
    } finally {
      over = true;
      expect((await Promise.all(others)).every((made) => made > 0)).toBe(true);
      expect(containersOf(LABEL)).toBe(bystander);
      podman('rm', '--force', bystander);
    }
  },
  MOST_MS + 60_000,
);
