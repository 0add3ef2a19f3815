import { mkdtempSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createArtifacts } from '../../simnet/artifacts/index.ts';
import { serve, viewOf } from './artifacts-kit.ts';
import { fetchFrom, IMAGE, NETWORK, sha256, SYSTEMS } from './cdn-client.ts';

test('everything that is downloaded shares the speed that is allowed', async () => {
  const slowDir = mkdtempSync('/var/tmp/simnet-test-');
  const slow = await createArtifacts({ dataDir: slowDir, imageBytes: 300_000, bytesPerSecond: 1e6 });
  const release = slow.releases.get('good')!;
  await using systems = await serve(slow.hosts, SYSTEMS, viewOf(release));
  await using network = await serve(slow.hosts, NETWORK, viewOf(release));
  const began = performance.now();
  await Promise.all([systems, network].map(({ url }) => fetchFrom(`${url}/ic/${release.commit}/${IMAGE}`, {})));
  expect(performance.now() - began).toBeGreaterThan(550);
  rmSync(slowDir, { recursive: true, force: true });
});

test('a large image is streamed as the bytes that its hash was made of', async () => {
  const largeDir = mkdtempSync('/var/tmp/simnet-test-');
  const large = await createArtifacts({ dataDir: largeDir, imageBytes: 64 * 1024 * 1024, bytesPerSecond: 1e9 });
  const release = large.releases.get('good')!;
  await using cdn = await serve(large.hosts, SYSTEMS, viewOf(release));
  const { body } = await fetchFrom(`${cdn.url}/ic/${release.commit}/${IMAGE}`, {});
  expect(sha256(body)).toBe(large.publishedSha256(release, 'guestos'));
  rmSync(largeDir, { recursive: true, force: true });
});
