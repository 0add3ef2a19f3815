import { join } from 'node:path';
import type { Blobs, Collectors } from '../domain/ports.ts';
import type { Clock } from '../platform/clock.ts';
import type { Exec } from '../platform/exec.ts';
import type { Http } from '../platform/http.ts';
import { createAttestationsCollector } from '../verify/collect/attestations.ts';
import { createCommitRefsCollector, createTreeCollector } from '../verify/collect/tree.ts';
import { createDashboardCollector } from '../verify/collect/dashboard.ts';
import { createDownloadCache } from '../verify/collect/download-cache.ts';
import { hostSettings } from './host-settings.ts';
import { createHostCollector } from '../verify/collect/host.ts';
import { createImageCollector } from '../verify/collect/image.ts';
import { createMeasuredCollector } from '../verify/collect/measured.ts';
import { createMeasurementsCollector } from '../verify/collect/measurements.ts';
import { createSumsCollector } from '../verify/collect/sums.ts';
import type { RepositoryDeps } from '../verify/git/repository.ts';
import { createTrustedRootSource } from '../verify/sigstore/trusted-root.ts';
import type { RegistryReader } from '../watcher/registry.ts';
import type { Config } from '../operator/config.ts';
import { BUILT_IN_HOSTS } from './own-hosts.ts';
import { thisMachine } from '../service/machine.ts';

interface CollectorsDeps {
  readonly exec: Exec;
  readonly http: Http;
  readonly clock: Clock;
  readonly repository: RepositoryDeps;
  readonly registry: RegistryReader;
  readonly blobs: Blobs;
  /** Downloads of so many commits stay. Default: a few. */
  readonly keep: number | undefined;
}

/** All that a run looks at, by the settings. */
export function createCollectors(config: Config, deps: CollectorsDeps): Collectors {
  const { exec, http, clock, repository, registry, blobs, keep } = deps;
  const { cacheDir, environment: env, githubToken, stallTimeoutMs } = config;
  const web = { http, clock, random: Math.random, blobs, stallTimeoutMs };
  const trustedRoot = createTrustedRootSource({
    file: config.sigstoreTrustedRoot,
    tufDir: join(cacheDir, 'sigstore'),
    clock,
    way: { env, stallTimeoutMs, ownHosts: BUILT_IN_HOSTS },
  });
  const cache = createDownloadCache(cacheDir, keep);
  const image = createImageCollector({ ...web, cache });
  return {
    'commit-refs': createCommitRefsCollector(repository),
    tree: createTreeCollector(repository),
    host: createHostCollector({ ...hostSettings(config), exec, clock, machine: thisMachine() }),
    sums: createSumsCollector(web),
    measurements: createMeasurementsCollector(web),
    attestations: createAttestationsCollector({ ...web, githubToken, trustedRoot }),
    image,
    measured: createMeasuredCollector({ clock, cache, storedImage: image.storedImage }),
    registry: { kind: 'registry', collect: (_key, { signal }) => registry.inUse(signal) },
    'registry-version': {
      kind: 'registry-version',
      collect: ({ subject }, { signal }) => registry.version(subject, signal),
    },
    dashboard: createDashboardCollector(web),
  };
}
