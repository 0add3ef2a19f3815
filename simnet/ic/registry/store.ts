import { utf8 } from '../bytes.ts';
import type { Mutation } from './records.ts';

export interface Value {
  version: bigint;
  /** Null: deleted in this version. */
  value: Uint8Array | null;
}

/** All versions of all keys; version n is made by the n-th entry of the history. */
export class RegistryStore {
  readonly history: Mutation[][];
  readonly #values = new Map<string, Value[]>();

  constructor(history: Mutation[][]) {
    this.history = history;
    for (const [index, mutations] of history.entries())
      for (const { key, value } of mutations)
        this.#values.set(key, [...(this.#values.get(key) ?? []), { version: BigInt(index + 1), value }]);
  }

  get latestVersion(): bigint {
    return BigInt(this.history.length);
  }

  /** What the key held at that version; undefined where it did not exist or was deleted. */
  valueAt(key: string, version: bigint): { version: bigint; value: Uint8Array } | undefined {
    const found = this.#values.get(key)?.findLast((entry) => entry.version <= version);
    return found === undefined || found.value === null ? undefined : { version: found.version, value: found.value };
  }

  /** The changes after that version, by key in order of their bytes. */
  changesSince(version: bigint): { key: string; values: Value[] }[] {
    return [...this.#values]
      .map(([key, values]) => ({ key, values: values.filter((value) => value.version > version).toReversed() }))
      .filter(({ values }) => values.length > 0)
      .sort((a, b) => Buffer.compare(utf8(a.key), utf8(b.key)));
  }
}
