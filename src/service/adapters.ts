import type { Blobs } from '../domain/ports.ts';
import type { Votes } from '../domain/service-ports.ts';
import type { createOperatorFetch } from '../platform/operator-fetch.ts';
import type { ServiceStore } from '../store/service-store.ts';
import type { VerifyDeps } from '../verify/verification.ts';
import type { AfterVoteDeps } from './after-vote-worker.ts';
import type { DiscoverDeps } from '../watcher/discover.ts';

/** What the service reaches the outside with. It makes none of it: that is the composition's. */
export interface ServiceAdapters {
  /** What discovering reads; its memory lasts as long as this. */
  readonly discoverDeps: (store: Pick<ServiceStore, 'blobs' | 'elections'>) => Omit<DiscoverDeps, 'signal'>;
  /** What a run collects with; downloads of `keep` commits stay. `othersBuild`: this machine's fitness is no matter. */
  readonly world: (
    blobs: Blobs,
    keep?: number,
    othersBuild?: boolean,
  ) => Pick<VerifyDeps, 'now' | 'sleep' | 'proposals' | 'collectors'>;
  /** What is read of the chain once a vote is over. */
  readonly afterVote: (blobs: Blobs) => Pick<AfterVoteDeps, 'registry' | 'list' | 'reader'>;
  /** null: no neuron is configured. */
  readonly votes: () => Votes | null;
  /** For addresses that the operator names: they may be on this host. */
  readonly operatorFetch: () => typeof globalThis.fetch;
  readonly operatorNetwork: () => ReturnType<typeof createOperatorFetch>;
}
