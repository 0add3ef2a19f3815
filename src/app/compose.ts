import { join } from 'node:path';
import type { Blobs, Builder, Collectors, OnProgress, ProposalReader } from '../domain/ports.ts';
import { systemClock as clock } from '../platform/clock.ts';
import { createExec } from '../platform/exec.ts';
import { fetchLike } from '../platform/fetch-like.ts';
import { createHttp, type Http } from '../platform/http.ts';
import { createBlobs } from '../store/blobs.ts';
import { openSqlite } from '../store/database.ts';
import { createCommitLock } from '../store/locks.ts';
import { migrate } from '../store/migrate.ts';
import { createRunStore } from '../store/runs.ts';
import { createBuilder } from '../verify/build/builder.ts';
import { createAttestationsCollector } from '../verify/collect/attestations.ts';
import { createCommitRefsCollector } from '../verify/collect/commit-refs.ts';
import { createDashboardCollector } from '../verify/collect/dashboard.ts';
import { createDownloadCache } from '../verify/collect/download-cache.ts';
import { createHostCollector } from '../verify/collect/host.ts';
import { createImageCollector } from '../verify/collect/image.ts';
import { createMeasurementsCollector } from '../verify/collect/measurements.ts';
import { createSumsCollector } from '../verify/collect/sums.ts';
import { createTreeCollector } from '../verify/collect/tree.ts';
import { createGit } from '../verify/git/git.ts';
import type { RepositoryDeps } from '../verify/git/refs.ts';
import { createRootsFile } from '../verify/git/roots-file.ts';
import { createTrustedRootSource } from '../verify/sigstore/trusted-root.ts';
import type { VerifyDeps } from '../verify/verification.ts';
import type { BoundaryDeps } from '../watcher/boundary.ts';
import { createPayloadDecoder } from '../watcher/decode.ts';
import { createGovernanceReader } from '../watcher/governance.ts';
import { createRegistryReader } from '../watcher/registry.ts';
import type { Config } from './config.ts';
import { hiddenPaths } from './hidden-paths.ts';
import { thisMachine } from './machine.ts';
import { toolVersion } from './tool-version.ts';

/** An update call waits for consensus; a boundary node answers within seconds, or it is in trouble. */
const IC_TIMEOUT_MS = 60_000;
const IC_LIMITS = { bytes: 4 * 1024 * 1024, redirects: 0, totalMs: IC_TIMEOUT_MS };

/** What stands between the program and the outside, made once from the settings. Nothing is opened by making it. */
export class Adapters {
  readonly config: Config;
  readonly exec = createExec();
  readonly #envFile: string | null;
  readonly #http: Http;
  readonly #closers: (() => Promise<void>)[] = [];

  constructor(config: Config, envFile: string | null) {
    this.config = config;
    this.#envFile = envFile;
    const userAgent = `nns-watch/${toolVersion}`;
    this.#http = createHttp({ env: config.environment, stallTimeoutMs: config.stallTimeoutMs, clock, userAgent });
    this.#closers.push(() => this.#http.close());
  }

  proposals(blobs: Blobs): ProposalReader {
    const canisterId = this.config.governanceCanisterId;
    return createGovernanceReader({ ...this.#boundary(), canisterId, blobs, decode: createPayloadDecoder() });
  }

  /** Opens the database and everything that `verifyVersion` needs. */
  async verifyDeps(progress: OnProgress, signal: AbortSignal): Promise<VerifyDeps> {
    const blobs = createBlobs(join(this.config.dataDir, 'blobs'));
    const database = openSqlite(this.config.databaseFile);
    this.#closers.push(() => database.close());
    await migrate(database);
    const repository = this.#repository();
    return {
      now: () => clock.now(),
      proposals: this.proposals(blobs),
      collectors: this.#collectors(blobs, repository),
      builder: this.#builder(blobs, repository),
      runs: createRunStore(database, () => clock.now()),
      lock: createCommitLock(database, { clock }),
      progress,
      signal,
    };
  }

  async close(): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
  }

  #boundary(): BoundaryDeps {
    const { icHosts: hosts, icRootKey } = this.config;
    const fetch = fetchLike(this.#http, IC_LIMITS);
    return { hosts, rootKey: icRootKey ?? undefined, fetch, clock, timeoutMs: IC_TIMEOUT_MS };
  }

  #repository(): RepositoryDeps {
    const { environment: env, cacheDir, icRepoUrl: url, stallTimeoutMs } = this.config;
    const directory = join(cacheDir, 'repo');
    const rootsFile = createRootsFile(env, directory);
    return { git: createGit({ exec: this.exec, clock, env, rootsFile, stallTimeoutMs }), clock, directory, url };
  }

  #collectors(blobs: Blobs, repository: RepositoryDeps): Collectors {
    const { config, exec } = this;
    const web = { http: this.#http, clock, random: Math.random, blobs };
    const trustedRoot = createTrustedRootSource({
      file: config.sigstoreTrustedRoot,
      tufDir: join(config.cacheDir, 'sigstore'),
      clock,
    });
    const registry = createRegistryReader({ ...this.#boundary(), canisterId: config.registryCanisterId, blobs });
    const { minDiskBytes, minRamBytes, cacheDir, environment: env } = config;
    const allowWithoutIsolation = config.buildIsolation === 'if-possible';
    return {
      'commit-refs': createCommitRefsCollector(repository),
      tree: createTreeCollector(repository),
      host: createHostCollector({
        exec,
        clock,
        machine: thisMachine(),
        env,
        minDiskBytes,
        minRamBytes,
        cacheDir,
        allowWithoutIsolation,
      }),
      sums: createSumsCollector(web),
      measurements: createMeasurementsCollector(web),
      attestations: createAttestationsCollector({ ...web, githubToken: config.githubToken, trustedRoot }),
      image: createImageCollector({ ...web, cache: createDownloadCache(cacheDir) }),
      registry: { kind: 'registry', collect: (_key, { signal }) => registry.inUse(signal) },
      dashboard: createDashboardCollector(web),
    };
  }

  #builder(blobs: Blobs, repository: RepositoryDeps): Builder {
    const { config, exec } = this;
    const { user, hostname } = thisMachine();
    return createBuilder({
      exec,
      clock,
      blobs,
      repository,
      cacheDir: config.cacheDir,
      hidePaths: hiddenPaths(config, this.#envFile),
      env: config.environment,
      allowedEnv: config.buildEnvAllow,
      secretNames: config.secretNames,
      user,
      hostname,
      timeoutMs: config.buildTimeoutMs,
      minDiskBytes: config.minDiskBytes,
      allowWithoutIsolation: config.buildIsolation === 'if-possible',
    });
  }
}
