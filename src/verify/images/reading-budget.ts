import { WatchError } from '../../domain/errors.ts';

/** What reading one image may take. Strangers make images: every loop over what one holds spends of it. */
export class Budget {
  readonly #now: () => number;
  readonly #endsAt: number;
  readonly #most: number;
  #steps = 0;

  /** `now`: milliseconds of a clock that never goes back; `steps`: structures (extents, entries, headers) in all. */
  constructor(milliseconds: number, { now = () => performance.now(), steps = 20_000_000 } = {}) {
    this.#now = now;
    this.#endsAt = now() + milliseconds;
    this.#most = steps;
  }

  /** Before each structure, and before each piece of bytes. */
  step(): void {
    this.#steps += 1;
    if (this.#steps > this.#most)
      throw new WatchError('limit', 'image-too-complex', `more than ${this.#most} structures`);
    if (this.#steps % 64 === 0) this.time();
  }

  time(): void {
    if (this.#now() > this.#endsAt) throw new WatchError('limit', 'image-takes-too-long', 'its reading takes too long');
  }
}
