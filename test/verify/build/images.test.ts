import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMPONENTS, type Component } from '../../../src/domain/component.ts';
import { imageOutput } from '../../../src/verify/build/outputs.ts';
import { startLoopbackGit, type LoopbackGit } from '../git/loopback-git.ts';
import { build, GUESTOS, memoryBlobs, script, type Built } from './fixture-builder.ts';

/** Large enough to be hashed in threads. */
const BYTES = 40 * 1024 * 1024;
const ALL: readonly Component[] = COMPONENTS.map(({ component }) => component);
const PLACES = COMPONENTS.map(({ outputDirectories: [first = ''], imageFile }) => `${first}/${imageFile}`);
/** Each holds its own place and then zeros. */
const LARGE = PLACES.map(
  (place) => `mkdir -p ${dirname(place)}; echo ${place} >${place}; truncate -s ${BYTES} ${place}`,
);

let server: LoopbackGit;
beforeAll(async () => (server = await startLoopbackGit()));
afterAll(() => server.close());

function digest(first: string): string {
  const line = `${first}\n`;
  return createHash('sha256')
    .update(line)
    .update(Buffer.alloc(BYTES - line.length))
    .digest('hex');
}

const kept = ({ commit }: Built): string => join(server.cacheDir, commit, 'local-build-1');
const workspaces = (): string[] => readdirSync(server.cacheDir).filter((name) => name.startsWith('tmp-'));

describe('the images of a build', () => {
  it('are hashed at the same time, and each has its own hash and place', async () => {
    const built = await build(server, script('', LARGE.join('\n')), { components: ALL });
    expect(built.build).toMatchObject({ status: 'observed', value: { treeDirty: false } });
    const hashes = ALL.map((component) => built.images.get(component));
    expect(hashes).toMatchObject(
      PLACES.map((place) => ({ status: 'observed', value: { sha256: digest(place), bytes: BYTES } })),
    );
    const files = COMPONENTS.map(({ component, imageFile }) => join(kept(built), component, imageFile));
    expect(files.map((file) => statSync(file).size)).toEqual(ALL.map(() => BYTES));
    expect(workspaces()).toEqual([]);
  });

  it('are not one worse for another that is missing or has a second name', async () => {
    const [, hostos = '', setupos = ''] = PLACES;
    const spoil = `rm ${hostos}; ln ${setupos} second`;
    const built = await build(server, script('', [...LARGE, spoil].join('\n')), { components: ALL });
    const looks = ALL.map((component) => built.images.get(component)?.status);
    expect(looks).toEqual(['observed', 'unavailable', 'unavailable', 'observed']);
    expect(built.images.get('setupos')).toMatchObject({ detail: expect.stringContaining('hard links') as string });
  });

  it('are not waited for once the run is stopped, though the build itself had ended', async () => {
    const stop = new AbortController();
    const blobs = memoryBlobs();
    // The log is kept after the build and before anything is hashed.
    const stopping: typeof blobs = {
      ...blobs,
      put: (bytes) => {
        stop.abort();
        return blobs.put(bytes);
      },
    };
    const text = script('', LARGE.join('\n'));
    const built = await build(server, text, { components: ALL, signal: stop.signal, changes: { blobs: stopping } });
    for (const look of [built.build, built.measurements, ...built.images.values()]) {
      expect(look).toMatchObject({ status: 'unavailable', code: 'interrupted' });
    }
    expect(workspaces()).toEqual([]);
  });
});

it('a large output that is swapped while a thread hashes it has no hash, least of all that of the other', async () => {
  const root = mkdtempSync(join(tmpdir(), 'nns-watch-images-'));
  const put = (path: string, first: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${first}\n`);
    truncateSync(path, BYTES);
  };
  const place = join(root, 'area/source', GUESTOS);
  const outcomes: string[] = [];
  for (let look = 0; look < 8; look += 1) {
    put(place, 'built');
    put(join(root, 'published'), 'published');
    const looking = imageOutput('guestos', { area: join(root, 'area'), source: 'build', now: () => 0 });
    while (!isOpen(place)) await pause(1);
    await pause(look * 4);
    renameSync(join(root, 'published'), place);
    const found = await looking;
    outcomes.push(found.status === 'observed' ? found.value.sha256 : found.detail);
  }
  rmSync(root, { recursive: true });
  const changed = `${GUESTOS}: the file changed while it was hashed`;
  const refused = `The build ended with exit 0, but ${GUESTOS} is changing.`;
  // It may have been hashed as a whole before, or be gone between its being opened and looked at again.
  expect(outcomes.filter((what) => ![changed, refused, digest('built')].includes(what))).toEqual([]);
  expect(outcomes).toContain(changed);
});

function isOpen(path: string): boolean {
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false;
    }
  });
}
