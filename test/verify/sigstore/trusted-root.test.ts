import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTrustedRootSource } from '../../../src/verify/sigstore/trusted-root.ts';
import { createBundleVerifier } from '../../../src/verify/sigstore/verify-bundle.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nns-watch-root-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** Nowhere: a test that asks the update server is none of this file. */
const way = { env: { HTTPS_PROXY: 'http://127.0.0.1:9' }, stallTimeoutMs: 1000 };

function source(more: Partial<Parameters<typeof createTrustedRootSource>[0]> = {}) {
  const clock = { time: 0, now: () => clock.time };
  return { clock, root: createTrustedRootSource({ file: null, tufDir: join(directory, 'tuf'), clock, way, ...more }) };
}

describe('the trusted root', () => {
  it('is the public-good one, without any network', async () => {
    const root = (await source().root.current()) as { certificateAuthorities: { uri: string }[] };
    expect(root.certificateAuthorities.map(({ uri }) => uri)).toContain('https://fulcio.sigstore.dev');
    expect(typeof (await createBundleVerifier(root))).toBe('function');
  });

  it('is the operator’s where there is one, and is then never fetched', async () => {
    const file = join(directory, 'root.json');
    await writeFile(file, '{"mine":true}');
    const { root } = source({ file, fetchRoot: () => Promise.reject(new Error('asked')) });
    expect(await root.current()).toEqual({ mine: true });
    expect(await root.refresh()).toBeNull();
  });

  it.each(['missing.json', 'broken.json'])('says so when the operator’s file is %s', async (name) => {
    await writeFile(join(directory, 'broken.json'), '{');
    const { root } = source({ file: join(directory, name) });
    await expect(root.current()).rejects.toMatchObject({ kind: 'input', code: 'trusted-root-unreadable' });
  });

  it('becomes the newer one once that is fetched', async () => {
    const { root } = source({ fetchRoot: async () => ({ newer: true }) });
    expect(await root.refresh()).toEqual({ status: 'fresh', root: { newer: true } });
    expect(await root.current()).toEqual({ newer: true });
  });

  it('stays when no newer one can be fetched', async () => {
    const { root } = source({ fetchRoot: () => Promise.reject(new Error('down')) });
    const before = await root.current();
    expect(await root.refresh()).toEqual({ status: 'failed', why: 'down' });
    expect(await root.current()).toBe(before);
  });

  it('is fetched without what an earlier run kept where that is damaged, or closed to us', async () => {
    const tufDir = join(directory, 'damaged');
    await mkdir(tufDir);
    const fetchRoot = async (from: string) => {
      if (from === tufDir) throw new Error('the kept metadata is damaged');
      return { newer: true };
    };
    const { root } = source({ tufDir, fetchRoot });
    expect(await root.refresh()).toEqual({ status: 'fresh', root: { newer: true } });
    await expect(readdir(tufDir)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is not fetched again within ten minutes, however often it is wanted', async () => {
    let fetched = 0;
    const { root, clock } = source({ fetchRoot: async () => ({ number: (fetched += 1) }) });
    await Promise.all([root.refresh(), root.refresh()]);
    clock.time = 599_999;
    expect(await root.refresh()).toMatchObject({ root: { number: 1 } });
    clock.time = 600_000;
    expect(await root.refresh()).toMatchObject({ root: { number: 2 } });
  });

  it('is asked for again a minute after it could not be had, and not sooner', async () => {
    let fetched = 0;
    const fetchRoot = async () => {
      // Each refresh tries twice.
      if ((fetched += 1) <= 2) throw new Error('down');
      return { newer: true };
    };
    const { root, clock } = source({ fetchRoot });
    expect(await root.refresh()).toMatchObject({ status: 'failed' });
    clock.time = 59_999;
    expect(await root.refresh()).toMatchObject({ status: 'failed' });
    expect(fetched).toBe(2);
    clock.time = 60_000;
    expect(await root.refresh()).toMatchObject({ status: 'fresh' });
  });
});
