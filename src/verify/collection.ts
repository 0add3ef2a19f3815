import { asWatchError } from '../domain/errors.ts';
import {
  keyText,
  unavailable,
  type Evidence,
  type EvidenceKey,
  type EvidenceKind,
  type EvidenceValues,
  type Observation,
} from '../domain/evidence.ts';
import type { CommitId } from '../domain/ids.ts';
import type { CollectContext, CollectedKind, Collector, Collectors, OnProgress } from '../domain/ports.ts';

export interface CollectionDeps {
  readonly collectors: Collectors;
  readonly evidence: Evidence;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly progress: OnProgress;
  readonly commit: CommitId | null;
  /** Called with every observation before anyone can judge it. */
  readonly record: (key: EvidenceKey, observation: Observation<unknown>) => Promise<void>;
}

/** The looking of one run: each thing is looked at once, however many ask for it. */
export class Collection {
  readonly #deps: CollectionDeps;
  readonly #looks = new Map<string, Promise<Observation<unknown>>>();

  constructor(deps: CollectionDeps) {
    this.#deps = deps;
  }

  observe<K extends EvidenceKind>(key: EvidenceKey<K>): Promise<Observation<EvidenceValues[K]>> {
    const name = keyText(key);
    const look = this.#looks.get(name) ?? this.#look(key as unknown as EvidenceKey<CollectedKind>);
    this.#looks.set(name, look);
    return look as Promise<Observation<EvidenceValues[K]>>;
  }

  async all(keys: readonly EvidenceKey[]): Promise<void> {
    await Promise.all(keys.map((key) => this.observe(key)));
  }

  async #look<K extends CollectedKind>(key: EvidenceKey<K>): Promise<Observation<EvidenceValues[K]>> {
    const { collectors, evidence, now, signal, progress, commit, record } = this.#deps;
    const context: CollectContext = { signal, progress, commit, evidence, observe: (other) => this.observe(other) };
    const collector = collectors[key.kind] as unknown as Collector<K>;
    const observation = await collector.collect(key, context).catch((thrown: unknown) => {
      // A collector that throws is our bug; the run says so instead of dying with it.
      const error = asWatchError(thrown);
      return unavailable(error.kind, error.code, error.message, key.subject, now());
    });
    await record(key, observation);
    return observation;
  }
}
