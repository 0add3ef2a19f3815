import { componentFacts, MEASUREMENTS_FILE, type Component } from '../../domain/component.ts';
import { asWatchError, isOurs } from '../../domain/errors.ts';
import { unavailable, type FileHash, type MeasurementsFile, type Observation } from '../../domain/evidence.ts';
import { openRegularFile, readFile, type OpenedFile } from '../../platform/files.ts';
import { sha256 } from '../../platform/hash.ts';
import { hashUnchanged } from '../../platform/hash-unchanged.ts';
import { parseMeasurementsFile } from '../measurements-file.ts';

const IMAGE_LIMIT = 8 * 1024 ** 3;
const MEASUREMENTS_LIMIT = 4 * 1024 ** 2;

export interface OutputPlace {
  /** Gets what was looked at: its place below `area`. */
  readonly seen?: (path: string) => Promise<unknown>;
  /** The directory that the build had to itself, with the checkout in `source`. */
  readonly area: string;
  readonly source: string;
  readonly now: () => number;
  /** Ends the hashing of an image. */
  readonly signal?: AbortSignal;
}

/**
 * Hashes the image, wherever this generation of the build puts it. Only after all of the build's processes ended.
 * Throws where it was stopped, or its thread was lost.
 */
export async function imageOutput(component: Component, place: OutputPlace): Promise<Observation<FileHash>> {
  const { outputDirectories, imageFile } = componentFacts(component);
  const paths = outputDirectories.map((directory) => `${directory}/${imageFile}`);
  const { signal } = place;
  return firstOutput(paths, place, (file) => hashUnchanged(file.handle, IMAGE_LIMIT, signal ? { signal } : {}));
}

/** Reads the launch measurements beside the GuestOS image. */
export async function measurementsOutput(place: OutputPlace): Promise<Observation<MeasurementsFile>> {
  const paths = componentFacts('guestos').outputDirectories.map((directory) => `${directory}/${MEASUREMENTS_FILE}`);
  return firstOutput(paths, place, async (file) => {
    const bytes = await readFile(file.handle, MEASUREMENTS_LIMIT);
    return { sha256: sha256(bytes), bytes: bytes.length, entries: parseMeasurementsFile(bytes) };
  });
}

type Opened = Extract<OpenedFile, { opened: true }>;

async function firstOutput<T>(
  paths: readonly string[],
  { area, source, now, seen }: OutputPlace,
  use: (file: Opened) => Promise<T>,
): Promise<Observation<T>> {
  for (const path of paths) {
    const file = await openRegularFile(area, `source/${path}`);
    if (file.opened) {
      try {
        const value = await use(file);
        await seen?.(`source/${path}`);
        return { status: 'observed', value, source: `${source}: ${path}`, observedAt: now() };
      } catch (thrown) {
        const error = asWatchError(thrown);
        // What kept us from looking says nothing of the file.
        if (error.kind === 'transport' || isOurs(thrown)) throw error;
        return unavailable(error.kind, 'build-failed', `${path}: ${error.message}`, source, now(), false);
      } finally {
        await file.handle.close();
      }
    }
    // Something else in the place of the file is no reason to look for an older layout.
    if (file.what !== 'not there')
      return missing(`${file.path.slice('source/'.length)} is ${file.what}`, source, now());
  }
  return missing(`${paths[0] ?? 'the output'} was not found`, source, now());
}

function missing(what: string, source: string, now: number): ReturnType<typeof unavailable> {
  return unavailable('absent', 'build-failed', `The build ended with exit 0, but ${what}.`, source, now, false);
}
