import type { Delivered } from '../../notify/deliver.ts';
import { CHANNEL, setTroubles, type TroubleDeps } from './trouble-desk.ts';

/** A channel that answers nothing for so long is in trouble, not just slow. */
const PATIENCE_MS = 10 * 60_000;

/** The loop that tells one channel. */
export const deliverLoopName = (notifier: string): string => `deliver ${notifier}`;

/** Tells the other channels that one is broken, and that it works again. */
export class ChannelWatch {
  readonly #id: string;
  readonly #deps: TroubleDeps;
  #failingSince: number | null = null;
  /** Unknown at the start: an earlier process may have found it broken. */
  #told: boolean | null = null;

  constructor(id: string, deps: TroubleDeps) {
    this.#id = id;
    this.#deps = deps;
  }

  async saw(delivered: Delivered): Promise<void> {
    if (delivered.state === 'skipped') return;
    if (!('error' in delivered)) {
      this.#failingSince = null;
      if (this.#told !== false) await this.#set(null);
      return;
    }
    const now = this.#deps.now();
    this.#failingSince ??= now;
    const { state, error } = delivered;
    const broken = state === 'dead' || now - this.#failingSince >= PATIENCE_MS;
    if (broken && this.#told !== true) {
      await this.#set(`${this.#id} cannot be told anything: ${error.message} (${error.code})`);
    }
  }

  async #set(sentence: string | null): Promise<void> {
    const key = `${CHANNEL}${this.#id}`;
    await setTroubles(key, sentence === null ? [] : [{ key, sentence }], this.#deps);
    this.#told = sentence !== null;
  }
}
