import type { Delivered } from '../notify/deliver.ts';
import { CHANNEL, setTroubles, type TroubleDeps } from './incidents.ts';

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
  /** Notices that it refused and has not taken since. */
  readonly #refused = new Set<string>();

  constructor(id: string, deps: TroubleDeps) {
    this.#id = id;
    this.#deps = deps;
  }

  /** Gives whether it refused something for the first time. */
  async saw(delivered: Delivered): Promise<boolean> {
    const { state, delivery } = delivered;
    if (state === 'skipped') return false;
    const { key } = delivery.notice;
    const isOld = this.#refused.has(key);
    if (!('error' in delivered)) {
      this.#refused.delete(key);
      this.#failingSince = null;
      if (this.#told !== false) await this.#set(null);
      return false;
    }
    if (state === 'dead') this.#refused.add(key);
    // It takes other things: what is refused again is no news of the channel.
    if (isOld && this.#told === false) return false;
    const now = this.#deps.now();
    this.#failingSince ??= now;
    const { error } = delivered;
    const broken = state === 'dead' || now - this.#failingSince >= PATIENCE_MS;
    if (broken && this.#told !== true) {
      await this.#set(`${this.#id} cannot be told anything: ${error.message} (${error.code})`);
    }
    return state === 'dead' && !isOld;
  }

  async #set(sentence: string | null): Promise<void> {
    const key = `${CHANNEL}${this.#id}`;
    await setTroubles(key, sentence === null ? [] : [{ key, sentence }], this.#deps);
    this.#told = sentence !== null;
  }
}
