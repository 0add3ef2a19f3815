import { join } from 'node:path';
import type { ProposalId } from '../domain/ids.ts';
import type { RoutedNotifier } from '../domain/route.ts';
import type { Blobs, CommitLock, OnProgress, ProposalReader } from '../domain/ports.ts';
import type { Votes } from '../domain/service-ports.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { ServiceAdapters } from '../service/adapters.ts';
import { createNotifiers } from '../notify/notifier-registry.ts';
import { systemClock as clock } from '../platform/clock.ts';
import { wholeTransferMs } from '../platform/deadline.ts';
import { connectPatiently } from '../platform/connect-timeout.ts';
import { createExec } from '../platform/exec.ts';
import { createHttp, type Http } from '../platform/http.ts';
import { createOperatorFetch } from '../platform/operator-fetch.ts';
import { createBlobs, type BlobFiles } from '../store/blobs.ts';
import type { Database } from '../store/database.ts';
import { openDatabase } from '../store/open-database.ts';
import { createCommitLock } from '../store/leases.ts';
import { migrate } from '../store/migrate.ts';
import { requireNetwork } from '../store/database-network.ts';
import { pastBuildSeconds } from '../store/past-runs.ts';
import { newestVerdict } from '../store/proposals.ts';
import { createRunStore } from '../store/runs.ts';
import { createBuilder, type KeptBuilder } from '../verify/build/builder.ts';
import { createHostElsewhere } from '../verify/collect/host.ts';
import { createGit } from '../verify/git/git.ts';
import { GIT_BYTES, type RepositoryDeps } from '../verify/git/repository.ts';
import { createRootsFile } from '../verify/git/roots-file.ts';
import type { VerifyDeps } from '../verify/verification.ts';
import { createDiscoverMemory } from '../watcher/discover-due.ts';
import type { DiscoverDeps } from '../watcher/discover.ts';
import { Canisters } from './compose-canisters.ts';
import { createCollectors } from './compose-collectors.ts';
import { createServiceStore } from './compose-store.ts';
import type { Config } from '../operator/config.ts';
import { hiddenPaths } from './hidden-paths.ts';
import { thisMachine } from '../service/machine.ts';
import { boundaryHosts, BUILT_IN_HOSTS } from './own-hosts.ts';
import type { ServiceStore } from '../store/service-store.ts';
import { toolVersion } from '../operator/tool-version.ts';

type OnFailure = (trouble: unknown) => void;

const now = (): number => clock.now();

/** What stands between the program and the outside, made once from the settings. Nothing is opened by making it. */
export class Adapters implements ServiceAdapters {
  readonly config: Config;
  readonly exec = createExec();
  readonly #http: Http;
  readonly #hide: readonly string[];
  readonly #closers: (() => Promise<void>)[] = [];
  readonly #canisters: Canisters;
  #database: Database | null = null;
  #operatorFetch: ReturnType<typeof createOperatorFetch> | null = null;

  /** `hide`: paths that no build may see, beside those that the settings name. */
  constructor(config: Config, envFile: string | null, hide: readonly string[] = []) {
    this.config = config;
    this.#hide = [...hiddenPaths(config, envFile), ...hide];
    const userAgent = `nns-watch/${toolVersion}`;
    const way = { env: config.environment, stallTimeoutMs: config.stallTimeoutMs, clock, userAgent };
    connectPatiently(config.stallTimeoutMs);
    this.#http = createHttp({ ...way, ownHosts: BUILT_IN_HOSTS });
    // Of its own, so that no URL of a proposal leads to where the operator put a boundary node.
    const boundaryHttp = createHttp({ ...way, ownHosts: boundaryHosts(config) });
    this.#closers.push(
      () => this.#http.close(),
      () => boundaryHttp.close(),
    );
    this.#canisters = new Canisters(config, { http: boundaryHttp, clock });
    this.#closers.push(() => this.#canisters.close());
  }

  proposals(blobs: Blobs): ProposalReader {
    return this.#canisters.proposals(blobs);
  }

  /** Opens the database and everything that `verifyVersion` needs. `onFailure`: the hold on a commit is not renewed. */
  async verifyDeps(progress: OnProgress, signal: AbortSignal, onFailure: OnFailure): Promise<VerifyDeps> {
    const { database, blobs } = await this.#open();
    return {
      ...this.world(blobs),
      builder: this.builder(blobs),
      runs: createRunStore(database, now, this.config.network, toolVersion),
      lock: await this.commitLock(onFailure),
      progress,
      signal,
    };
  }

  /** Seconds that the latest builds took here, newest first. */
  async pastBuilds(): Promise<readonly number[]> {
    return pastBuildSeconds((await this.#open()).database.db);
  }

  /** What people may have heard of a proposal before; null: nothing. */
  async newestVerdict(id: ProposalId): Promise<Verdict | null> {
    return newestVerdict((await this.#open()).database.db, id, this.config.network);
  }

  /** What a run looks at, whoever asks; downloads of `keep` commits stay (default: a few). */
  world(
    blobs: Blobs,
    keep?: number,
    othersBuild = false,
  ): Pick<VerifyDeps, 'now' | 'sleep' | 'proposals' | 'collectors'> {
    const own = createCollectors(this.config, {
      exec: this.exec,
      http: this.#http,
      clock,
      repository: this.#repository(),
      registry: this.#canisters.registry(blobs),
      blobs,
      keep,
    });
    const collectors = othersBuild ? { ...own, host: createHostElsewhere({ clock }) } : own;
    return { now, sleep: (ms, signal) => clock.sleep(ms, signal), proposals: this.proposals(blobs), collectors };
  }

  /** Opens the database as the service uses it; refuses one of another network. */
  async store(notifiers: readonly string[], onFailure?: OnFailure): Promise<ServiceStore> {
    const { database, blobs } = await this.#open();
    const { network } = this.config;
    await requireNetwork(database.db, network);
    const trouble = onFailure ? { onFailure } : {};
    return createServiceStore({ database, blobs, clock, network, notifiers, toolVersion, ...trouble });
  }

  async commitLock(onFailure: OnFailure): Promise<CommitLock> {
    const { database } = await this.#open();
    return createCommitLock(database, { clock, onFailure });
  }

  /** What discovering reads; its memory lasts as long as this. */
  discoverDeps({ blobs, elections }: Pick<ServiceStore, 'blobs' | 'elections'>): Omit<DiscoverDeps, 'signal'> {
    return {
      list: this.#canisters.list(),
      reader: this.proposals(blobs),
      elections,
      memory: createDiscoverMemory(),
      now,
    };
  }

  afterVote(blobs: Blobs): ReturnType<ServiceAdapters['afterVote']> {
    return {
      registry: this.#canisters.registry(blobs),
      list: this.#canisters.list(),
      reader: this.proposals(blobs),
    };
  }

  /** null: no neuron is configured. */
  votes(): Votes | null {
    const { neuronIds: neurons } = this.config;
    return neurons && this.#canisters.votes(neurons);
  }

  /** `config`: settings that were read again, in the same environment. */
  notifiers(write: (line: string) => void | Promise<void>, config: Config = this.config): readonly RoutedNotifier[] {
    const notifiers = createNotifiers(
      { ...config },
      {
        fetch: this.operatorFetch(),
        now,
        write,
        statusUrl: config.statusPublicUrl,
      },
    );
    for (const notifier of notifiers) this.#closers.push(() => notifier.close());
    return notifiers;
  }

  /** For addresses that the operator names: they may be on this host. */
  operatorFetch(): typeof globalThis.fetch {
    return this.operatorNetwork().fetch;
  }

  operatorNetwork(): ReturnType<typeof createOperatorFetch> {
    if (this.#operatorFetch) return this.#operatorFetch;
    const made = createOperatorFetch(this.config.environment, this.config.stallTimeoutMs);
    this.#operatorFetch = made;
    this.#closers.push(made.close);
    return made;
  }

  async close(): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
  }

  async #open(): Promise<{ readonly database: Database; readonly blobs: BlobFiles }> {
    if (this.#database === null) {
      const database = await openDatabase(this.config.database);
      this.#closers.push(() => database.close());
      this.#database = database;
      await migrate(database);
    }
    return { database: this.#database, blobs: createBlobs(join(this.config.dataDir, 'blobs')) };
  }

  #repository(): RepositoryDeps {
    const { environment: env, cacheDir, icRepoUrl: url, stallTimeoutMs } = this.config;
    const directory = join(cacheDir, 'repo');
    const rootsFile = createRootsFile(env, directory);
    const git = createGit({ exec: this.exec, clock, env, rootsFile, stallTimeoutMs });
    return { git, clock, directory, url, wholeMs: wholeTransferMs(stallTimeoutMs, GIT_BYTES) };
  }

  /** `keepFailed`: workspaces of builds that failed stay, as long as there is room. */
  builder(blobs: Blobs, keepFailed = false): KeptBuilder {
    const { config, exec } = this;
    const repository = this.#repository();
    const { user, hostname } = thisMachine();
    const builder = createBuilder({
      exec,
      clock,
      blobs,
      repository,
      cacheDir: config.cacheDir,
      hidePaths: this.#hide,
      env: config.environment,
      allowedEnv: config.buildEnvAllow,
      secretNames: config.secretNames,
      user,
      hostname,
      timeoutMs: config.buildTimeoutMs,
      minDiskBytes: config.minDiskBytes,
      ...(keepFailed ? { keepFailedWithin: config.diskBudgetBytes } : {}),
      allowWithoutIsolation: config.buildIsolation === 'if-possible',
    });
    // What stays is found by the next start.
    this.#closers.push(() => builder.cleared().catch(() => undefined));
    return builder;
  }
}
