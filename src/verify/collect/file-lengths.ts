import type { Component } from '../../domain/component.ts';
import type { Evidence, FileHash, Observation } from '../../domain/evidence.ts';
import type { Sha256 } from '../../domain/ids.ts';

/** Which file a URL is said to have, as far as is known by now. */
export interface SaidFile {
  readonly expected: ReadonlySet<Sha256>;
  readonly component: Component | null;
}

/** So much past the length that others say, a body without an end of its own is read: enough to hash one with a tail. */
const BEYOND = 1024 * 1024;
/** The same for one that says where it ends: little enough to be read to that end, and told as what it is. */
const BEYOND_DECLARED = 64 * 1024 * 1024;

/**
 * How long the file at a URL can be, by the other sources of the same file in one run: a body without end is cut there,
 * and not when the disk is full. A length is certain where bytes of that length had the hash that is expected; what a
 * server merely announces bounds nobody who says himself where his answer ends, since it could be a lie against him.
 */
export class FileLengths {
  readonly #evidence: Evidence;
  readonly #announced = new Map<string, SaidFile & { readonly length: number }>();

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
  }

  announce(url: string, file: SaidFile, length: number): void {
    this.#announced.set(url, { ...file, length });
  }

  /** Most bytes to take from this URL. `declared`: what its own answer says. */
  most(url: string, file: SaidFile, declared: number | null): number {
    const certain = this.certain(file);
    if (certain !== null) return certain + (declared === null ? BEYOND : BEYOND_DECLARED);
    const others = declared === null ? this.#others(url, file) : [];
    return others.length > 0 ? Math.max(...others) + BEYOND : Infinity;
  }

  /**
   * Length of bytes that were hashed in this run, here or by the build, and are the expected ones. Where proposal and
   * list contradict each other nothing is: either could be the one that is wrong.
   */
  certain({ expected }: SaidFile): number | null {
    if (expected.size !== 1) return null;
    for (const { key, observation } of this.#evidence.all()) {
      const hashed = key.kind === 'image' || key.kind === 'local-image' ? hashOf(observation) : null;
      if (hashed && expected.has(hashed.sha256)) return hashed.bytes;
    }
    return null;
  }

  #others(url: string, file: SaidFile): readonly number[] {
    const announced = [...this.#announced].filter(([other, said]) => other !== url && isSame(said, file));
    return [...announced.map(([, { length }]) => length), ...this.#built(file)];
  }

  #built({ component }: SaidFile): readonly number[] {
    return this.#evidence.all().flatMap(({ key, observation }) => {
      const built = key.kind === 'local-image' && key.subject.endsWith(`/${component}`) ? hashOf(observation) : null;
      return built ? [built.bytes] : [];
    });
  }
}

function isSame(one: SaidFile, other: SaidFile): boolean {
  return (
    (one.component !== null && one.component === other.component) ||
    [...one.expected].some((hash) => other.expected.has(hash))
  );
}

function hashOf(observation: Observation<unknown>): FileHash | null {
  return observation.status === 'observed' ? (observation.value as FileHash) : null;
}
