import { constants } from 'node:fs';
import { copyFile, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Component } from '../domain/component.ts';
import type { FileHash } from '../domain/evidence.ts';
import { parseSha256, type CommitId } from '../domain/ids.ts';
import { freeBytes } from '../platform/files.ts';
import { hashUnchanged } from '../platform/hash-unchanged.ts';
import { retainedImages } from './retained-images.ts';

/** Left free whatever is copied. */
const RESERVE_BYTES = 2e9;

/**
 * The hash of a copy of an image that lies here, in which one byte is altered: hashed as what a build gives is. The copy
 * is removed. null: no image of the component is kept, or a copy of it has no room.
 */
export async function alteredCopyHash(
  cacheDir: string,
  commit: CommitId,
  component: Component,
  signal: AbortSignal,
): Promise<FileHash | null> {
  const image = (await retainedImages(cacheDir, commit)).find((each) => each.component === component);
  if (!image || image.bytes === 0 || (await freeBytes(cacheDir)) < image.bytes + RESERVE_BYTES) return null;
  const folder = await mkdtemp(join(cacheDir, 'canary-'));
  try {
    const copy = join(folder, 'image');
    await copyFile(image.path, copy, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    const file = await open(copy, 'r+');
    try {
      const byte = Buffer.alloc(1);
      const at = Math.floor(image.bytes / 2);
      await file.read(byte, 0, 1, at);
      await file.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
      const hashed = await hashUnchanged(file, image.bytes + 1, { signal });
      const sha256 = parseSha256(hashed.sha256);
      return sha256 && { sha256, bytes: hashed.bytes };
    } finally {
      await file.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
