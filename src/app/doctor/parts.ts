import { asWatchError } from '../../domain/errors.ts';
import { plainText } from '../../domain/text.ts';
import { loadPart } from '../../platform/load-part.ts';
import { decodeSnappy } from '../../verify/sigstore/snappy-block.ts';
import { ok, problem, type Finding, type Group } from './look.ts';

/** Libraries that are loaded when they are needed: by a build of their own for each machine, or only by some runs. */
export interface Part {
  readonly name: string;
  /** Loads it and uses it once: a native part can be there and still not work. */
  readonly use: () => Promise<unknown>;
}

/** One literal byte, as a Snappy block. */
const SNAPPY_BLOCK = Uint8Array.of(1, 0, 0x61);

export const PARTS: readonly Part[] = [
  {
    name: 'better-sqlite3',
    use: () => loadPart('better-sqlite3', async () => new (await import('better-sqlite3')).default(':memory:').close()),
  },
  { name: 'snappy', use: () => decodeSnappy(SNAPPY_BLOCK, 1) },
  { name: '@icp-sdk/core', use: () => loadPart('@icp-sdk/core', () => import('@icp-sdk/core/agent')) },
  { name: '@sigstore/bundle', use: () => loadPart('@sigstore/bundle', () => import('@sigstore/bundle')) },
  { name: '@sigstore/verify', use: () => loadPart('@sigstore/verify', () => import('@sigstore/verify')) },
  { name: '@sigstore/tuf', use: () => loadPart('@sigstore/tuf', () => import('@sigstore/tuf')) },
  {
    name: '@sigstore/protobuf-specs',
    use: () => loadPart('@sigstore/protobuf-specs', () => import('@sigstore/protobuf-specs')),
  },
];

/** Whether this installation is whole. */
export const partsGroup: Group = { title: 'Installation', looks: () => [{ id: 'parts', look: () => parts(PARTS) }] };

export async function parts(all: readonly Part[]): Promise<Finding> {
  const failed: string[] = [];
  for (const { name, use } of all) {
    await use().catch((thrown: unknown) => failed.push(`${name}: ${plainText(asWatchError(thrown).message, 240)}`));
  }
  if (failed.length === 0) return ok(`all ${all.length} libraries that are loaded on demand work`);
  return problem(failed.join(' '), 'Install the program anew: in a checkout, run script/bootstrap.');
}
