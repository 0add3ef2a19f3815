import type { Blobs, ProposalReader } from '../domain/ports.ts';
import type { Votes } from '../domain/service-ports.ts';
import type { Clock } from '../platform/clock.ts';
import { fetchLike } from '../platform/fetch-like.ts';
import type { Http } from '../platform/http.ts';
import { once } from '../platform/once.ts';
import type { BoundaryDeps } from '../watcher/boundary.ts';
import { createPayloadDecoder } from '../watcher/decode.ts';
import type { ElectionList, ListDeps } from '../watcher/list.ts';
import type { RegistryReader } from '../watcher/registry.ts';
import type { Config } from '../operator/config.ts';

/** An update call waits for consensus; a boundary node answers within seconds, or it is in trouble. */
const TIMEOUT_MS = 60_000;
const LIMITS = { bytes: 4 * 1024 * 1024, redirects: 0, totalMs: TIMEOUT_MS };

/**
 * All that is read off canisters. Its libraries take an eighth of a second and 20 MB, so they are loaded for the first
 * question: a builder, or whoever verifies a commit, asks none.
 */
export class Canisters {
  readonly #config: Config;
  readonly #boundary: BoundaryDeps;
  /** One for all: its process takes as much memory as all the rest. */
  readonly #decode = createPayloadDecoder();

  constructor(config: Config, { http, clock }: { readonly http: Http; readonly clock: Clock }) {
    this.#config = config;
    const { icHosts: hosts, icRootKey } = config;
    const fetch = fetchLike(http, LIMITS);
    this.#boundary = { hosts, rootKey: icRootKey ?? undefined, fetch, clock, timeoutMs: TIMEOUT_MS };
  }

  proposals(blobs: Blobs): ProposalReader {
    const reader = once(async () => {
      const { createGovernanceReader } = await import('../watcher/governance.ts');
      return createGovernanceReader({ ...this.#governance(), blobs });
    });
    return { read: async (...asked) => (await reader()).read(...asked) };
  }

  registry(blobs: Blobs): RegistryReader {
    const reader = once(async () => {
      const { createRegistryReader } = await import('../watcher/registry.ts');
      return createRegistryReader({ ...this.#boundary, canisterId: this.#config.registryCanisterId, blobs });
    });
    return {
      inUse: async (...asked) => (await reader()).inUse(...asked),
      latest: async (...asked) => (await reader()).latest(...asked),
      version: async (...asked) => (await reader()).version(...asked),
    };
  }

  list(): ElectionList {
    const list = once(async () => {
      const { createElectionList } = await import('../watcher/list.ts');
      return createElectionList(this.#governance());
    });
    return { read: async (...asked) => (await list()).read(...asked) };
  }

  votes(neurons: readonly string[]): Votes {
    const votes = once(async () => {
      const { createVotes } = await import('../watcher/votes.ts');
      return createVotes({ ...this.#governance(), neurons });
    });
    return { look: async (...asked) => (await votes()).look(...asked) };
  }

  close(): Promise<void> {
    return this.#decode.close();
  }

  #governance(): ListDeps {
    return { ...this.#boundary, canisterId: this.#config.governanceCanisterId, decode: this.#decode };
  }
}
