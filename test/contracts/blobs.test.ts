import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import type { BlobName } from '../../src/domain/evidence.ts';
import { createBlobs } from '../../src/store/blobs.ts';
import { scratchDirectory } from '../support/databases.ts';
import { memoryBlobs } from '../support/memory-blobs.ts';

const scratch = scratchDirectory();
afterAll(scratch.remove);

describe.each([
  { what: 'in files', blobs: createBlobs(scratch.path) },
  { what: 'in memory', blobs: memoryBlobs() },
])('blobs $what', ({ blobs }) => {
  const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

  it('are named by the SHA-256 of their bytes and come back as they were', async () => {
    const bytes = Buffer.from('a certificate\0\xff', 'latin1');
    const name = await blobs.put(bytes);
    expect(name).toBe(digest(bytes));
    expect(Buffer.from((await blobs.get(name)) ?? [])).toEqual(bytes);
  });

  it('may be empty, large, and put again', async () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(3_000_000).fill(7)]) {
      const name = await blobs.put(bytes);
      expect(await blobs.put(bytes)).toBe(name);
      expect(digest((await blobs.get(name)) ?? Buffer.from('none'))).toBe(name);
    }
  });

  it('do not change when the giver changes its bytes afterwards', async () => {
    const bytes = Buffer.from('before');
    const name = await blobs.put(bytes);
    bytes.fill(0);
    expect(Buffer.from((await blobs.get(name)) ?? []).toString()).toBe('before');
  });

  it('are null when they were never kept', async () => {
    expect(await blobs.get(digest(Buffer.from('never put')) as BlobName)).toBeNull();
  });

  it('are not to be had by anything but a digest', async () => {
    for (const name of ['../../etc/passwd', 'ab', '', `${'a'.repeat(63)}/`]) {
      await expect(blobs.get(name as BlobName)).rejects.toThrow(/blob/);
    }
  });

  it('can be put many at a time', async () => {
    const names = await Promise.all(Array.from({ length: 20 }, (_, n) => blobs.put(Buffer.from(`part ${n % 5}`))));
    expect(new Set(names).size).toBe(5);
  });
});
