import { unavailable, type Observation, type RegistryVersion } from '../../src/domain/evidence.ts';
import { WatchError } from '../../src/domain/errors.ts';
import type { ElectionList } from '../../src/watcher/list.ts';
import type { RegistryReader } from '../../src/watcher/registry.ts';
import type { ListedProposal } from '../../src/watcher/list-candid.ts';
import type { Outside } from './outside.ts';

interface Ways {
  /** Throws where the host is down. */
  readonly asked: (what: string) => void;
  readonly listed: () => readonly ListedProposal[];
}

/** What stands on the chain once votes are over: the registry's records, and proposals that deploy versions. */
export class AfterVoteWorld {
  readonly #outside: Outside;
  readonly #now: () => number;
  readonly #ways: Ways;
  /** What the registry holds of a key in the place of what was elected; null: nothing. */
  readonly altered = new Map<string, Partial<RegistryVersion> | null>();
  registryVersion = 1;

  constructor(outside: Outside, now: () => number, ways: Ways) {
    [this.#outside, this.#now, this.#ways] = [outside, now, ways];
  }

  record(key: string): RegistryVersion | null {
    const election = this.#outside.elections.find(({ commit }) => key.endsWith(commit));
    const proposal = election && this.#outside.proposalOf(election);
    const altered = this.altered.get(key);
    if (proposal?.status !== 'executed' || !('version' in proposal.action) || altered === null) return null;
    const { packageSha256, packageUrls: urls, launchMeasurements } = proposal.action.version;
    return { sha256: packageSha256, urls, launchMeasurements, ...altered };
  }

  look(key: string): Observation<RegistryVersion> {
    const [value, source, observedAt] = [this.record(key), `registry ${key}`, this.#now()];
    if (value) return { status: 'observed', value, source, observedAt };
    return unavailable('absent', 'registry-key-absent', 'There is none.', source, observedAt, false);
  }

  readonly registry: RegistryReader = {
    inUse: async () => ({
      status: 'observed',
      value: { inUse: [], notRead: [], registryVersion: String(this.registryVersion) },
      source: 'registry',
      observedAt: this.#now(),
    }),
    latest: async () => String(this.registryVersion),
    version: async (key) => {
      try {
        this.#ways.asked(`registry ${key}`);
        return this.look(key);
      } catch (thrown) {
        if (!(thrown instanceof WatchError)) throw thrown;
        return unavailable(thrown.kind, thrown.code, thrown.message, key, this.#now());
      }
    },
  };

  readonly list: ElectionList = {
    read: async () => {
      this.#ways.asked('deployments');
      return { elections: this.#ways.listed().filter(({ topic }) => topic === 12), unreadable: 0, unread: [] };
    },
  };
}
