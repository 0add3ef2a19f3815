import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBlobs, type BlobFiles } from '../../src/store/blobs.ts';
import { scratchDirectory } from '../support/databases.ts';
import { outputOf, storeProcess } from './processes.ts';

let scratch: ReturnType<typeof scratchDirectory>;
let blobs: BlobFiles;
beforeEach(() => {
  scratch = scratchDirectory();
  blobs = createBlobs(join(scratch.path, 'blobs'));
});
afterEach(() => scratch.remove());

const fileOf = (name: string): string => join(scratch.path, 'blobs', name.slice(0, 2), name.slice(2));

describe('kept bytes', () => {
  it('lie in a file named by their digest, for this user only', async () => {
    const name = await blobs.put(Buffer.from('log of a build'));
    expect(readFileSync(fileOf(name), 'utf8')).toBe('log of a build');
    expect(statSync(fileOf(name)).mode & 0o777).toBe(0o600);
    expect(statSync(join(scratch.path, 'blobs')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(scratch.path, 'blobs', 'incoming'))).toEqual([]);
  });

  it('can be asked whether there is room for more, which leaves nothing; no room is an error', async () => {
    await blobs.probe();
    const incoming = join(scratch.path, 'blobs', 'incoming');
    expect([readdirSync(join(scratch.path, 'blobs')), readdirSync(incoming)]).toEqual([['incoming'], []]);
    rmSync(incoming, { recursive: true });
    writeFileSync(incoming, '');
    await expect(blobs.probe()).rejects.toMatchObject({ code: 'EEXIST' });
  });

  it('are for the group as well where the directory around them is shared, and only there', async () => {
    chmodSync(scratch.path, 0o2770);
    const before = process.umask(0o007);
    const name = await blobs.put(Buffer.from('log of a build')).finally(() => process.umask(before));
    expect(statSync(fileOf(name)).mode & 0o777).toBe(0o660);
    expect(statSync(dirname(fileOf(name))).mode & 0o7777).toBe(0o2770);
    chmodSync(scratch.path, 0o2777);
    const other = await blobs.put(Buffer.from('another'));
    expect(statSync(fileOf(other)).mode & 0o777).toBe(0o600);
  });

  it('are refused when a digit of them was flipped or their end is missing', async () => {
    const name = await blobs.put(Buffer.from('certificate'));
    writeFileSync(fileOf(name), 'certificatf');
    await expect(blobs.get(name)).rejects.toMatchObject({ kind: 'untrusted', code: 'blob-corrupt' });
    truncateSync(fileOf(name), 4);
    await expect(blobs.get(name)).rejects.toMatchObject({ code: 'blob-corrupt' });
  });

  it('are healed when the right bytes are put again', async () => {
    const name = await blobs.put(Buffer.from('certificate'));
    writeFileSync(fileOf(name), 'garbage');
    await blobs.put(Buffer.from('certificate'));
    expect(Buffer.from((await blobs.get(name)) ?? []).toString()).toBe('certificate');
  });

  it('are not read through a link', async () => {
    const name = await blobs.put(Buffer.from('first'));
    const other = `${name.slice(0, -1)}${name.endsWith('0') ? '1' : '0'}` as typeof name;
    symlinkSync(fileOf(name), fileOf(other));
    await expect(blobs.get(other)).rejects.toThrow(/ELOOP/);
  });

  it('leave nothing behind when they cannot be written', async () => {
    writeFileSync(join(scratch.path, 'blobs'), 'a file where the directory should be');
    await expect(blobs.put(Buffer.from('x'))).rejects.toThrow(/ENOTDIR|EEXIST/);
  });

  it('can be put by several processes at once', async () => {
    const directory = join(scratch.path, 'blobs');
    await Promise.all([1, 2].map(() => outputOf(storeProcess('blobs', directory, '10'))));
    for (let n = 0; n < 10; n += 1) {
      const bytes = Buffer.alloc(100_000, n);
      const name = await blobs.put(bytes);
      expect(existsSync(fileOf(name))).toBe(true);
      expect(Buffer.from((await blobs.get(name)) ?? [])).toEqual(bytes);
    }
    expect(readdirSync(join(directory, 'incoming'))).toEqual([]);
  });
});
