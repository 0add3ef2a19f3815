import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { startSimnet, type Simnet } from '../../simnet/simnet.ts';

export interface Loopback {
  /** A directory of the tests of this file alone. */
  scratch: string;
  simnet: Simnet;
}

/** A loopback Internet for the tests of one file, there while they run. */
export function loopback(name: string, options: { imageBytes?: number } = {}): Readonly<Loopback> {
  const world = {} as Loopback;
  beforeAll(async () => {
    world.scratch = await mkdtemp(join(tmpdir(), `nns-watch-${name}-`));
    world.simnet = await startSimnet({ dataDir: join(world.scratch, 'simnet'), ...options });
  });
  afterAll(async () => {
    await world.simnet.close();
    await rm(world.scratch, { recursive: true, force: true });
  });
  return world;
}
