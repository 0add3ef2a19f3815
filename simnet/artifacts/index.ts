import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Artifacts, BuildBehaviour } from '../types.ts';
import { createCdn } from './cdn.ts';
import { ensureContainerImage } from './container-image.ts';
import { createGitHub } from './git-http.ts';
import { createGitHubApi } from './github-api.ts';
import { podmanEnvironment } from './host-needs.ts';
import { removeLeftovers } from './leftovers.ts';
import { createAttestations } from './provenance.ts';
import { createPublished, measurements } from './published.ts';
import { createRepository } from './repository.ts';
import { createSigstore } from './sigstore.ts';

export interface ArtifactsOptions {
  /** Repository, trusted root and settings of podman are kept here; a later start takes what fits. */
  dataDir: string;
  /** Size of each image. Default 200 KiB. */
  imageBytes?: number;
  /**
   * Milliseconds; the time runs on from there. Default: the machine's clock. Bundles are signed by the machine's clock
   * in any case, because the mock authority knows no other.
   */
  now?: number;
  /** Speed limit of the download hosts, over all connections together, for benchmarks. */
  bytesPerSecond?: number;
  /** Whether builds run in containers of podman's; false: whatever stands in for it needs no image. Default true. */
  containers?: boolean;
  /** How long the build of the release `timed` takes. Default 1. */
  buildSeconds?: number;
}

/** Their first build leaves a volume. */
const REMEMBERS: readonly BuildBehaviour[] = ['differs-once', 'half-right'];
const DEFAULT_IMAGE_BYTES = 200 * 1024;

export async function createArtifacts(options: ArtifactsOptions): Promise<Artifacts> {
  const { dataDir, imageBytes = DEFAULT_IMAGE_BYTES, buildSeconds = 1 } = options;
  const ahead = options.now === undefined ? 0 : options.now - Date.now();
  mkdirSync(dataDir, { recursive: true });
  const [repository, env, sigstore, otherSigstore] = await Promise.all([
    createRepository(dataDir, imageBytes, buildSeconds),
    podmanEnvironment(dataDir),
    createSigstore(),
    createSigstore(),
    options.containers === false ? undefined : ensureContainerImage(),
  ]);
  const { root, releases } = repository;
  const published = createPublished(imageBytes);
  const cdn = createCdn({ published, releases: releases.values(), bytesPerSecond: options.bytesPerSecond });
  const api = createGitHubApi(
    published,
    createAttestations(published, sigstore, otherSigstore),
    () => Date.now() + ahead,
  );
  const commits = [...releases.values()].flatMap(({ build, commit }) => (REMEMBERS.includes(build) ? [commit] : []));
  const proxies = new Set<string>();
  const trustedRootPath = join(dataDir, 'trusted_root.json');
  writeFileSync(trustedRootPath, JSON.stringify(sigstore.trustedRoot));
  return {
    hosts: [...cdn, createGitHub(root, (view) => proxies.add(view.proxyUrl)), ...api],
    releases,
    publishedSha256: published.imageSha256,
    measurements,
    trustedRootPath,
    env,
    close: () => (options.containers === false ? Promise.resolve() : removeLeftovers(commits, proxies)),
  };
}
