import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { alteredCopyHash } from '../../src/operator/altered-copy.ts';
import { sha256 } from '../../src/platform/hash.ts';
import { scratchDirectory } from '../support/databases.ts';
import { COMMIT } from '../support/evidence.ts';

const { path: cache, remove } = scratchDirectory();
afterAll(remove);
const signal = new AbortController().signal;

describe('the altered copy of an image', () => {
  it('has another hash, the same length, and leaves the image and nothing else', async () => {
    const folder = join(cache, COMMIT, 'download.dfinity.systems', 'guest-os', 'update-img');
    mkdirSync(folder, { recursive: true });
    const image = join(folder, 'update-img.tar.zst');
    const bytes = Buffer.alloc(1000, 7);
    writeFileSync(image, bytes);
    const altered = await alteredCopyHash(cache, COMMIT, 'guestos', signal);
    expect(altered).toMatchObject({ bytes: 1000 });
    const expected = Buffer.from(bytes);
    expected[500] = 6;
    expect(altered?.sha256).toBe(sha256(expected));
    expect(readFileSync(image)).toEqual(bytes);
    expect(readdirSync(cache)).toEqual([COMMIT]);
  });

  it('is none where no image of the component is kept', async () => {
    expect(await alteredCopyHash(cache, COMMIT, 'hostos', signal)).toBeNull();
  });
});
