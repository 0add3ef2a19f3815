import { createHash } from 'node:crypto';
import type { BlobName } from '../../src/domain/evidence.ts';
import type { BlobFiles } from '../../src/store/blobs.ts';

/** Blobs that are forgotten with the test. */
export function memoryBlobs(): BlobFiles {
  const kept = new Map<BlobName, Uint8Array>();
  return {
    put: async (bytes) => {
      const name = createHash('sha256').update(bytes).digest('hex') as BlobName;
      kept.set(name, Uint8Array.from(bytes));
      return name;
    },
    get: async (name) => {
      if (!/^[0-9a-f]{64}$/i.test(name)) throw new Error(`unexpected blob name ${name}`);
      return kept.get(name.toLowerCase() as BlobName) ?? null;
    },
    probe: async () => undefined,
  };
}
