import { closeSync, fstatSync, mkdirSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Budget } from '../../../src/verify/images/reading-budget.ts';
import { measureImage } from '../../../src/verify/images/measure-image.ts';
import { fileAccess, type RandomAccess } from '../../../src/verify/images/random-access.ts';
import { unpack, type Unpacked } from '../../../src/verify/images/unpack.ts';
import { bootArgsText, makeImage, type Recipe } from '../../../simnet/images/make-image.ts';
import vectors from './snp-vectors.json' with { type: 'json' };

export const firmware = Buffer.from(vectors.firmware.amdSev, 'hex');

/** An image with everything, of a few kilobytes. */
export const recipe: Recipe = {
  kernel: 'kernel\n',
  initrd: 'initrd\n',
  firmware,
  root: { 'opt/ic/bin/replica': 'replica\n', 'etc/hostname': 'guest\n' },
  bootArgs: bootArgsText(),
};

export const budget = (milliseconds = 10_000): Budget => new Budget(milliseconds);
export const newDirectory = (): string => mkdtempSync(join(tmpdir(), 'nns-watch-image-'));

/** Makes the image of a recipe; gives its path. */
export async function made(changes: Partial<Recipe> = {}): Promise<string> {
  const directory = newDirectory();
  await makeImage(directory, { ...recipe, ...changes });
  return join(directory, 'update-img.tar.zst');
}

export async function withFile<T>(path: string, use: (bytes: RandomAccess) => Promise<T> | T): Promise<T> {
  const descriptor = openSync(path, 'r');
  try {
    return await use(fileAccess(descriptor, fstatSync(descriptor).size));
  } finally {
    closeSync(descriptor);
  }
}

export function unpacked<T>(path: string, use: (image: Unpacked) => T): Promise<T> {
  const scratch = join(newDirectory(), 'scratch');
  mkdirSync(scratch);
  return withFile(path, async (bytes) => {
    const image = await unpack(bytes, scratch, budget());
    try {
      return use(image);
    } finally {
      image.close();
    }
  });
}

export function measured(path: string, wanted: readonly string[]): Promise<ReturnType<typeof measureImage>> {
  return unpacked(path, ({ members }) => measureImage(members, wanted, budget()));
}

export const bytesOf = (access: RandomAccess): Buffer => access.read(0, access.size);
export const fileBytes = (path: string): Buffer => readFileSync(path);
export const fixture = (name: string): string =>
  join(import.meta.dirname, '../../../simnet/fixtures/images', `${name}.tar.zst`);
