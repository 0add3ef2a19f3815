import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { COMPONENTS, type Component } from '../domain/component.ts';
import type { CommitId } from '../domain/ids.ts';
import { compareFiles, type Difference } from '../platform/compare.ts';
import { openRegularFile, type OpenedFile } from '../platform/files.ts';
import { isBuilt } from '../verify/build/retained-outputs.ts';

/** An image that lies on this machine. */
export interface RetainedImage {
  readonly component: Component;
  /** `local` builds, or what was downloaded. */
  readonly side: 'local' | 'published';
  readonly path: string;
  readonly bytes: number;
}

export interface ComparedImages {
  readonly local: RetainedImage;
  readonly published: RetainedImage;
  readonly difference: Difference;
}

/** The images of a commit that are kept: what the local builds gave, and what was downloaded. */
export async function retainedImages(cacheDir: string, commit: CommitId): Promise<readonly RetainedImage[]> {
  const root = join(cacheDir, commit);
  const kept: RetainedImage[] = [];
  for (const folder of (await readdir(root).catch(() => [])).sort()) {
    for (const { component, cdnDirectory, imageFile } of COMPONENTS) {
      const side = isBuilt(folder) ? 'local' : 'published';
      const path = `${folder}/${side === 'local' ? component : cdnDirectory}/${imageFile}`;
      const bytes = await withFile(root, path, (file) => Promise.resolve(file.bytes));
      if (bytes !== null) kept.push({ component, side, path: join(root, path), bytes });
    }
  }
  return kept;
}

/** Each local image beside each published one of the same component. */
export async function compareRetained(images: readonly RetainedImage[]): Promise<readonly ComparedImages[]> {
  const compared: ComparedImages[] = [];
  for (const local of images.filter(({ side }) => side === 'local')) {
    for (const published of images.filter(
      (image) => image.side === 'published' && image.component === local.component,
    )) {
      const difference = await withFile('/', local.path.slice(1), (a) =>
        withFile('/', published.path.slice(1), (b) => compareFiles(a.handle, b.handle)),
      );
      if (difference) compared.push({ local, published, difference });
    }
  }
  return compared;
}

type Opened = Extract<OpenedFile, { opened: true }>;

async function withFile<T>(root: string, path: string, use: (file: Opened) => Promise<T>): Promise<T | null> {
  const file = await openRegularFile(root, path).catch(() => null);
  if (!file?.opened) return null;
  try {
    return await use(file);
  } finally {
    await file.handle.close();
  }
}
