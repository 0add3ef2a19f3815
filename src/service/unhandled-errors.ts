import type { Log } from '../platform/log.ts';
import { originOf } from './error-origin.ts';

/** What chats are told of failures that their libraries let fall. */
export type OnStray = (failure: unknown) => void;

/**
 * Failures that nobody waited for. One out of a chat's library must not end the service, which has other channels and
 * other work: that chat is told to begin again. A bug ends the service, but in good order.
 */
export class StrayFailures {
  readonly #log: Log;
  readonly #chats = new Map<string, OnStray>();
  readonly #bug = new AbortController();
  readonly #listener = (thrown: unknown): void => this.#take(thrown);

  constructor(log: Log) {
    this.#log = log;
  }

  /** Aborted, with the failure as its reason, where the service has to end. */
  get bug(): AbortSignal {
    return this.#bug.signal;
  }

  listen(): void {
    process.on('unhandledRejection', this.#listener).on('uncaughtException', this.#listener);
  }

  close(): void {
    process.off('unhandledRejection', this.#listener).off('uncaughtException', this.#listener);
  }

  /** `chat`: the name of its notifier. */
  onChat(chat: string, told: OnStray): void {
    this.#chats.set(chat, told);
  }

  #take(thrown: unknown): void {
    const origin = originOf(thrown);
    if (origin === 'bug') {
      this.#log.error('A failure that nobody expected ends the service', { error: thrown });
      this.#bug.abort(thrown);
      return;
    }
    this.#log.warn('A failure that nobody waited for', { origin, error: thrown });
    this.#chats.get(origin)?.(thrown);
  }
}
