import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startSimnet, type Simnet, type SimnetOptions, type SimnetView } from '../simnet/simnet.ts';
import type { Component, Scenario } from '../simnet/types.ts';

export const MiB = 1024 * 1024;

/** Milliseconds that simnet needs for hashes must not be counted to who asks first. */
const WARM: readonly Component[] = ['guestos', 'hostos', 'setupos', 'recovery'];

export interface World {
  readonly simnet: Simnet;
  /** An election of the release with the timed build, with differences. */
  readonly open: (differs?: Partial<Scenario>) => Promise<SimnetView>;
}

/** A loopback Internet for some measurements, gone afterwards. */
export async function inWorld<T>(
  scratch: string,
  options: SimnetOptions,
  work: (world: World) => Promise<T>,
): Promise<T> {
  const dataDir = join(scratch, 'simnet');
  await mkdir(dataDir, { recursive: true });
  const simnet = await startSimnet({ ...options, dataDir });
  try {
    const { releases, publishedSha256 } = simnet.artifacts;
    const release = releases.get('timed');
    if (!release) throw new Error('simnet has no release with a timed build');
    for (const component of WARM) publishedSha256(release, component);
    return await work({ simnet, open: (differs = {}) => simnet.openView({ ...ELECTION, ...differs }) });
  } finally {
    await simnet.close();
  }
}

const ELECTION: Scenario = {
  name: 'measured',
  wrong: 'Nothing.',
  release: 'timed',
  elects: 'guestos',
  command: [],
  expect: { outcome: 'verified', reason: null, exit: 0 },
};
