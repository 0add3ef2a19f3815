import { createHash } from 'node:crypto';
import { linkSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashUnchanged, type HashOptions } from '../../src/platform/hash-unchanged.ts';

const MiB = 1024 * 1024;
const LARGE = 33 * MiB;
const SMALL = 1 * MiB;
let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'nns-watch-hash-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A line and then zeros. */
function file(name: string, bytes: number): string {
  const path = join(root, name);
  writeFileSync(path, `${name}\n`);
  truncateSync(path, bytes);
  return path;
}

function digest(name: string, bytes: number): string {
  const line = `${name}\n`;
  return createHash('sha256')
    .update(line)
    .update(Buffer.alloc(bytes - line.length))
    .digest('hex');
}

async function hash(path: string, options: HashOptions = {}, limit = 2 ** 33): ReturnType<typeof hashUnchanged> {
  const handle = await open(path, 'r');
  try {
    return await hashUnchanged(handle, limit, options);
  } finally {
    await handle.close();
  }
}

/** A thread that does this in place of hashing. */
const thread = (code: string): HashOptions => ({ thread: new URL(`data:text/javascript,${encodeURIComponent(code)}`) });
const IMPORTS = `import { appendFileSync, linkSync, utimesSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
const say = (bytes) => parentPort.postMessage({ status: 'hashed', sha256: '${'0'.repeat(64)}', bytes });`;

const threads = (): number => readdirSync('/proc/self/task').length;
const descriptors = (): number => readdirSync('/proc/self/fd').length;

describe('a file that nobody changes', () => {
  it.each([0, 1, SMALL, 32 * MiB, LARGE + 1])('of %i bytes has its hash', async (bytes) => {
    const path = file('one', Math.max(bytes, 4));
    truncateSync(path, bytes);
    const whole = createHash('sha256').update(
      Buffer.concat([Buffer.from('one\n'), Buffer.alloc(bytes)]).subarray(0, bytes),
    );
    expect(await hash(path)).toEqual({ sha256: whole.digest('hex'), bytes });
  });

  it('has its own hash beside others that are hashed at the same time', async () => {
    const names = Array.from({ length: 6 }, (_, index) => `image-${index}`);
    const sizes = names.map((_, index) => (index % 3 === 2 ? SMALL : LARGE) + index);
    const hashes = await Promise.all(names.map((name, index) => hash(file(name, sizes[index] ?? 0))));
    expect(hashes).toEqual(
      names.map((name, index) => ({ sha256: digest(name, sizes[index] ?? 0), bytes: sizes[index] })),
    );
  });

  it('leaves neither thread nor descriptor behind', async () => {
    const path = file('one', LARGE);
    await hash(path);
    const before = [threads(), descriptors()];
    for (let turn = 0; turn < 3; turn += 1) await hash(path);
    expect([threads(), descriptors()]).toEqual(before);
  });

  it('is never read beyond the limit, nor called by a hash of its beginning', async () => {
    await expect(hash(file('one', LARGE), {}, LARGE - 1)).rejects.toMatchObject({
      kind: 'limit',
      code: 'file-too-large',
    });
    await expect(hash(file('two', SMALL), {}, SMALL - 1)).rejects.toMatchObject({
      kind: 'limit',
      code: 'file-too-large',
    });
    expect((await hash(file('three', LARGE), {}, LARGE)).bytes).toBe(LARGE);
  });
});

describe('a file that changes while it is hashed', () => {
  it.each<[string, string, number]>([
    ['grows', 'appendFileSync(path, "x"); say(size + 1);', LARGE],
    ['is written to, and its time set back', 'appendFileSync(path, ""); utimesSync(path, 1, 1); say(size);', LARGE],
    ['gets a second name', 'linkSync(path, path + "-2"); say(size);', LARGE],
    ['ends sooner than it said', 'say(size - 1);', LARGE],
  ])('has no hash where it %s', async (_, code, size) => {
    const path = file('one', size);
    const does = thread(`${IMPORTS} const path = ${JSON.stringify(path)}, size = ${size}; ${code}`);
    await expect(hash(path, does)).rejects.toMatchObject({ kind: 'rejected', code: 'file-changed' });
  });

  it('has no hash in the thread that really hashes either', async () => {
    const path = file('one', 128 * MiB);
    const handle = await open(path, 'r+');
    const hashed = hashUnchanged(handle, 2 ** 33);
    const changes = changing(handle, hashed);
    await expect(hashed).rejects.toMatchObject({ code: 'file-changed' });
    expect(await changes).toBeGreaterThan(0);
    await handle.close();
  });

  it('has none where somebody has another name for it all the time', async () => {
    for (const bytes of [SMALL, LARGE]) {
      const path = file(`image-${bytes}`, bytes);
      linkSync(path, `${path}-2`);
      await expect(hash(path)).rejects.toMatchObject({ code: 'file-changed' });
    }
  });
});

/** Writes one byte again and again until something has settled; how often. */
async function changing(handle: FileHandle, until: Promise<unknown>): Promise<number> {
  const over = new AbortController();
  const end = (): void => over.abort();
  until.then(end, end);
  let times = 0;
  await pause(5);
  while (!over.signal.aborted) {
    await handle.write('x', 0);
    times += 1;
    await pause(5);
  }
  return times;
}

describe('a thread that does not do its work', () => {
  it.each<[string, string]>([
    ['throws', 'throw new Error("broken");'],
    ['throws nothing', 'throw null;'],
    ['ends without a word', ''],
    ['ends the thread', 'process.exit(0);'],
    ['cannot be read', 'this is no program'],
  ])('gives a typed error, never a hash, where it %s', async (_, code) => {
    await expect(hash(file('one', LARGE), thread(code))).rejects.toMatchObject({
      name: 'WatchError',
      kind: 'host',
      code: 'hash-thread-lost',
    });
  });

  it('is not there at all', async () => {
    const nowhere = { thread: new URL('file:///no/such/thread.js') };
    await expect(hash(file('one', LARGE), nowhere)).rejects.toMatchObject({ code: 'hash-thread-lost' });
  });

  it('says what kept it from reading', async () => {
    const path = file('one', LARGE);
    const handle = await open(path, 'a');
    await expect(hashUnchanged(handle, 2 ** 33)).rejects.toMatchObject({ name: 'WatchError', message: /EBADF/ });
    await handle.close();
  });

  it('makes room for the next', async () => {
    const broken = Array.from({ length: 6 }, (_, index) => hash(file(`broken-${index}`, LARGE), thread('throw 1')));
    const good = hash(file('good', LARGE));
    expect((await Promise.allSettled(broken)).map(({ status }) => status)).toEqual(Array(6).fill('rejected'));
    expect((await good).sha256).toBe(digest('good', LARGE));
  });
});

describe('whoever stops', () => {
  it('need not wait for the end of a large file, nor of those behind it', async () => {
    const stop = new AbortController();
    const handles = await Promise.all(['a', 'b', 'c', 'd'].map((name) => open(file(name, 7 * 1024 * MiB), 'r')));
    const looks = handles.map((handle) => hashUnchanged(handle, 2 ** 33, { signal: stop.signal }));
    await pause(150);
    stop.abort();
    const began = performance.now();
    const ends = await Promise.allSettled(looks);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(ends).toMatchObject(Array(4).fill({ status: 'rejected', reason: { code: 'hash-stopped' } }));
    for (const handle of handles) await handle.close();
  });

  it('starts no thread afterwards', async () => {
    const signal = AbortSignal.abort();
    await expect(hash(file('one', LARGE), { signal, ...thread('say()') })).rejects.toMatchObject({
      code: 'hash-stopped',
    });
  });
});
