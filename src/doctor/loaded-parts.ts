import { pngOf } from '../platform/png.ts';
import { loadPart } from '../platform/load-part.ts';
import { decodeSnappy } from '../verify/sigstore/snappy-block.ts';

/** Libraries that are loaded when they are needed: by a build of their own for each machine, or only by some runs. */
export interface Part {
  readonly name: string;
  /** Loads it and uses it once: a native part can be there and still not work. */
  readonly use: () => Promise<unknown>;
}

const DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>';
/** One literal byte, as a Snappy block. */
const SNAPPY_BLOCK = Uint8Array.of(1, 0, 0x61);

export const PARTS: readonly Part[] = [
  {
    name: 'better-sqlite3',
    use: () => loadPart('better-sqlite3', async () => new (await import('better-sqlite3')).default(':memory:').close()),
  },
  { name: '@resvg/resvg-js', use: () => pngOf(DOT) },
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
