import { mkdirSync } from 'node:fs';
import type { BuiltRelease, Component, Host, Measurement } from '../types.ts';
import { createCdn } from './cdn.ts';
import { ensureContainerImage, removeLeftovers } from './container-image.ts';
import { createGitHub } from './git-http.ts';
import { podmanEnvironment } from './host-needs.ts';
import { createPublished, measurements } from './published.ts';
import { createRepository } from './repository.ts';

export interface ArtifactsOptions {
  /** Repository, trusted root and settings of podman are kept here; a later start takes what fits. */
  dataDir: string;
  /** Size of each image. Default 200 KiB. */
  imageBytes?: number;
  /** Milliseconds. Default: the clock. */
  now?: number;
  /** Speed limit of each download, for benchmarks. */
  bytesPerSecond?: number;
}

export interface Artifacts {
  hosts: Host[];
  releases: Map<string, BuiltRelease>;
  publishedSha256: (release: BuiltRelease, component: Component) => string;
  measurements: (release: BuiltRelease) => Measurement[];
  trustedRootPath: string;
  /** Beside the addresses: what this machine's podman needs. */
  env: Record<string, string>;
  close: () => Promise<void>;
}

const DEFAULT_IMAGE_BYTES = 200 * 1024;

export async function createArtifacts(options: ArtifactsOptions): Promise<Artifacts> {
  const { dataDir, imageBytes = DEFAULT_IMAGE_BYTES } = options;
  mkdirSync(dataDir, { recursive: true });
  const [repository, env] = await Promise.all([
    createRepository(dataDir, imageBytes),
    podmanEnvironment(dataDir),
    ensureContainerImage(),
  ]);
  const { root, releases } = repository;
  const published = createPublished(imageBytes);
  const cdn = createCdn({ published, releases: releases.values(), bytesPerSecond: options.bytesPerSecond });
  return {
    hosts: [...cdn, createGitHub(root)],
    releases,
    publishedSha256: published.imageSha256,
    measurements,
    trustedRootPath: '',
    env,
    close: removeLeftovers,
  };
}
