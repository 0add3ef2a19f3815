import { asWatchError, WatchError } from '../domain/errors.ts';
import {
  keyText,
  unavailable,
  type Evidence,
  type EvidenceKey,
  type EvidenceKind,
  type EvidenceValues,
  type Observation,
  type Unavailable,
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

/**
 * The other sources are judged none the less: a mistake of ours in reading one must not hide what they show. That there
 * was one is told.
 */
export function reportBug(
  { kind, subject }: EvidenceKey,
  observation: Observation<unknown>,
  progress: OnProgress,
  thrown?: unknown,
): void {
  if (observation.status !== 'unavailable' || observation.kind !== 'bug') return;
  const { code, detail } = observation;
  const sentence = `A bug in this program prevented it from reading ${kind} ${subject}: ${detail}`;
  progress({ type: 'bug', sentence, error: thrown ?? new WatchError('bug', code, detail) });
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
    let thrownBug: unknown;
    const observation = await collector.collect(key, context).catch((thrown: unknown) => {
      thrownBug = thrown;
      const error = asWatchError(thrown);
      return unavailable(error.kind, error.code, error.message, key.subject, now());
    });
    const kept = tooLong(observation) ? tooMuch(observation) : observation;
    reportBug(key, kept, progress, thrownBug);
    await record(key, kept);
    return kept;
  }
}

/** UTF-16 units of one observation. Each kind has narrower bounds; what passes all of them is still not kept. */
const MOST_TEXT = 4 * 1024 * 1024;

function tooLong(observation: Observation<unknown>): boolean {
  return JSON.stringify(observation).length > MOST_TEXT;
}

function tooMuch({ source, observedAt }: Observation<unknown>): Unavailable {
  const detail = 'The observed value is longer than any value of its kind can be.';
  return unavailable('limit', 'observation-too-long', detail, source, observedAt);
}
