import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimnet, type Simnet } from '../../../simnet/simnet.ts';
import type { Fault, Scenario } from '../../../simnet/types.ts';
import { mirrorUrl } from '../../../src/domain/artifact.ts';
import { evidenceKey } from '../../../src/domain/evidence.ts';
import type { CommitId } from '../../../src/domain/ids.ts';
import type { CollectContext } from '../../../src/domain/ports.ts';
import { createHttp } from '../../../src/platform/http.ts';
import { createAttestationsCollector } from '../../../src/verify/collect/attestations.ts';
import { createDashboardCollector } from '../../../src/verify/collect/dashboard.ts';
import { createDownloadCache } from '../../../src/verify/collect/download-cache.ts';
import { createImageCollector } from '../../../src/verify/collect/image.ts';
import { createMeasurementsCollector } from '../../../src/verify/collect/measurements.ts';
import { createSumsCollector } from '../../../src/verify/collect/sums.ts';
import { createTrustedRootSource } from '../../../src/verify/sigstore/trusted-root.ts';
import { restlessClock } from '../../platform/loopback.ts';
import { contextOf } from './web.ts';

const IMAGE = 'guest-os/update-img/update-img.tar.zst';
const image = (fault: Extract<Fault, { at: 'cdn' }>['fault'], times?: number): Fault => ({
  at: 'cdn',
  file: IMAGE,
  fault,
  ...(times === undefined ? {} : { times }),
});
const attestations = (fault: Extract<Fault, { at: 'attestations' }>['fault']): Fault => ({ at: 'attestations', fault });

let simnet: Simnet;
let directory: string;
beforeAll(async () => {
  simnet = await startSimnet({ imageBytes: 1024 * 1024 });
  directory = await mkdtemp(join(tmpdir(), 'nns-watch-facts-'));
}, 120_000);
afterAll(async () => {
  await simnet.close();
  await rm(directory, { recursive: true });
});

/** All collectors of published facts over one view of the loopback Internet, with production URLs. */
async function world(...faults: Fault[]) {
  const scenario = { name: 'facts', wrong: '', release: 'good', elects: 'guestos', faults, command: [] };
  const view = await simnet.openView({ ...scenario, expect: { outcome: null, reason: null, exit: 0 } } as Scenario);
  const clock = restlessClock();
  const ca = await readFile(view.env['NODE_EXTRA_CA_CERTS']!, 'utf8');
  const http = createHttp({ env: view.env, ca, stallTimeoutMs: 700, clock, userAgent: 'test/1' });
  const blobs = { put: async () => 'blob' as never, get: async () => null };
  const deps = { http, clock, random: () => 0.5, blobs, stallTimeoutMs: 700 };
  const trustedRoot = createTrustedRootSource({
    file: view.env['SIGSTORE_TRUSTED_ROOT']!,
    tufDir: directory,
    clock,
    way: { env: view.env, stallTimeoutMs: 1000 },
  });
  const commit = view.release.commit as CommitId;
  const url = (role: 'image' | 'checksums' | 'measurements'): string => mirrorUrl('systems', commit, 'guestos', role);
  const sums = createSumsCollector(deps);
  const context: CollectContext = {
    ...contextOf(),
    commit,
    observe: async (key) => {
      const observation = await sums.collect(key as never, contextOf());
      context.evidence.add(key, observation as never);
      return observation as never;
    },
  };
  const cache = createDownloadCache(await mkdtemp(join(directory, 'cache-')));
  return {
    view,
    sums: () => sums.collect(evidenceKey.sums(url('checksums')), context),
    image: () => createImageCollector({ ...deps, cache }).collect(evidenceKey.image(url('image')), context),
    measurements: () =>
      createMeasurementsCollector(deps).collect(evidenceKey.measurements(url('measurements')), context),
    attestations: () =>
      createAttestationsCollector({ ...deps, githubToken: null, trustedRoot }).collect(
        evidenceKey.attestations(url('checksums')),
        context,
      ),
    dashboard: () =>
      createDashboardCollector(deps).collect(evidenceKey.dashboard(String(view.proposalId) as never), context),
    published: simnet.artifacts.publishedSha256(view.release, 'guestos'),
    close: async () => {
      await http.close();
      await view.close();
    },
  };
}

describe('an honest release', () => {
  it('is collected as it was published', async () => {
    const all = await world();
    expect(await all.image()).toMatchObject({
      status: 'observed',
      value: { sha256: all.published, bytes: 1024 * 1024 },
    });
    expect(await all.sums()).toMatchObject({
      value: { entries: expect.arrayContaining([{ name: 'update-img.tar.zst', sha256: all.published }]) as unknown },
    });
    const measurements = await all.measurements();
    const expected = simnet.artifacts.measurements(all.view.release).map(({ measurement }) => measurement);
    expect(measurements.status === 'observed' && measurements.value.entries?.map((e) => e.measurement)).toEqual(
      expected,
    );
    expect(await all.attestations()).toMatchObject({
      value: { attestations: [{ status: 'signed', claims: { sourceDigest: all.view.release.commit } }] },
    });
    expect(await all.dashboard()).toMatchObject({ value: { packageSha256: all.published } });
    expect(all.view.unknownHosts).toEqual([]);
    await all.close();
  });
});

describe('an image', () => {
  it.each<[string, Fault]>([
    ['comes after 500 twice', image('http-500', 2)],
    ['comes after a request to slow down', image('http-429', 1)],
    ['comes when its transfer is cut once at 90 %', image('cut-at-90', 1)],
    ['comes when it stalled once', image('stall', 1)],
  ])('%s', async (_how, fault) => {
    const all = await world(fault);
    expect(await all.image()).toMatchObject({ status: 'observed', value: { sha256: all.published } });
    await all.close();
  });

  it.each<[string, Fault, number]>([
    ['with another byte', image('flip-byte'), 1024 * 1024],
    ['with a mebibyte more', image('over-long'), 2 * 1024 * 1024],
  ])('%s is told as what came, twice', async (_what, fault, bytes) => {
    const all = await world(fault);
    const observation = await all.image();
    expect(observation).toMatchObject({ status: 'observed', value: { bytes } });
    expect(observation.source).toContain('fetched twice: the same');
    expect(observation.status === 'observed' && observation.value.sha256).not.toBe(all.published);
    await all.close();
  });

  it('in place of which a page comes is told as what came', async () => {
    const all = await world(image('html'));
    const observation = await all.image();
    expect(observation.status === 'observed' && observation.value.bytes).toBeLessThan(100_000);
    await all.close();
  });

  it.each<[Fault, string, string]>([
    [image('truncate'), 'transport', 'short-body'],
    [image('http-500'), 'transport', 'http-500'],
    [image('not-found'), 'absent', 'http-404'],
    [image('gone'), 'absent', 'http-410'],
    [image({ redirect: 'https://127.0.0.1/x' }), 'rejected', 'url-not-allowed'],
  ])('that cannot be had is unavailable: %j', async (fault, kind, code) => {
    const all = await world(fault);
    expect(await all.image()).toMatchObject({ status: 'unavailable', kind, code });
    await all.close();
  });
});

describe('attestations', () => {
  it.each<[Fault, unknown]>([
    [attestations('absent'), { value: { attestations: [] } }],
    [attestations('empty'), { value: { attestations: [] } }],
    [attestations('down'), { kind: 'transport', code: 'http-503' }],
    [attestations('rate-limited'), { kind: 'transport', code: 'rate-limited' }],
    [attestations('other-root'), { value: { attestations: [{ status: 'untrusted' }] } }],
    [attestations('bundle-url'), { value: { attestations: [{ status: 'signed' }] } }],
    [attestations('one-of-three-good'), { value: { attestations: Array(3).fill({ status: 'signed' }) } }],
    [attestations('garbage'), { value: { attestations: Array(3).fill({ status: 'malformed' }) } }],
  ])('are told apart: %j', async (fault, expected) => {
    const all = await world(fault);
    expect(await all.attestations()).toMatchObject(expected as object);
    await all.close();
  });
});

describe('the dashboard', () => {
  it.each<['down' | 'not-found', unknown]>([
    ['down', { status: 'unavailable', kind: 'transport' }],
    ['not-found', { status: 'unavailable', kind: 'absent', code: 'http-404' }],
  ])('that is %s is unavailable', async (fault, expected) => {
    const all = await world({ at: 'dashboard', fault });
    expect(await all.dashboard()).toMatchObject(expected as object);
    await all.close();
  });
});
