import { asWatchError, type WatchError } from '../../domain/errors.ts';
import type { Notifier } from '../../domain/notice.ts';
import type { Log } from '../../platform/log.ts';
import { troubleNotice, type TroubleDeps } from './trouble-desk.ts';

export interface LastResortDeps extends Pick<TroubleDeps, 'network' | 'now'> {
  readonly notifiers: readonly Pick<Notifier, 'id' | 'deliver'>[];
  readonly log: Log;
}

/** One failed write may be a hiccup; the second in a row is trouble. */
const FAILURES = 2;

/**
 * What cannot be stored cannot go through the outbox: that the database takes nothing any more is told directly, once,
 * and so is its end. What this process told is forgotten with it; at worst it is told again.
 */
export class LastResort {
  readonly #deps: LastResortDeps;
  #failures = 0;
  #told: { readonly at: number; readonly error: WatchError } | null = null;

  constructor(deps: LastResortDeps) {
    this.#deps = deps;
  }

  /** Runs what writes; tells where it fails again because nothing can be stored. Throws what it threw. */
  async around(write: () => Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      await write();
    } catch (thrown) {
      const error = asWatchError(thrown);
      if (error.kind === 'storage') await this.#fails(error, signal);
      throw thrown;
    }
    this.#failures = 0;
    if (this.#told === null) return;
    const { at, error } = this.#told;
    this.#told = null;
    await this.#tell(`trouble storage ${at} over`, `Over, what happens is stored again: ${error.message}`, signal);
  }

  async #fails(error: WatchError, signal: AbortSignal): Promise<void> {
    this.#failures += 1;
    if (this.#told !== null || this.#failures < FAILURES) return;
    this.#told = { at: this.#deps.now(), error };
    const sentence = `Trouble: nothing can be stored, so nothing new is found, judged or told. ${error.message}`;
    await this.#tell(`trouble storage ${this.#told.at}`, sentence, signal);
  }

  async #tell(key: string, sentence: string, signal: AbortSignal): Promise<void> {
    const { notifiers, log } = this.#deps;
    const notice = troubleNotice(key, sentence, this.#deps);
    const tellings = notifiers.map(async (notifier) => {
      try {
        await notifier.deliver(notice, { previous: null, attempt: 0, signal });
      } catch (error) {
        log.warn('A notice could not be told past the outbox', { notifier: notifier.id, key, error });
      }
    });
    await Promise.all(tellings);
  }
}
