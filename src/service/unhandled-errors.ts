import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from '../platform/log.ts';
import type { NotifierKind } from '../notify/notifier-kind.ts';
import { NOTIFIERS } from '../notify/notifiers/index.ts';

/** What chats are told of failures that their libraries let fall. */
export type OnUnhandledError = (failure: unknown) => void;

/**
 * Failures that nobody waited for. One out of a chat's library must not end the service, which has other channels and
 * other work: that chat is told to begin again. A bug ends the service, but in good order.
 */
export class UnhandledErrors {
  readonly #log: Log;
  readonly #chats = new Map<string, OnUnhandledError>();
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
  onChat(chat: string, told: OnUnhandledError): void {
    this.#chats.set(chat, told);
  }

  #take(thrown: unknown): void {
    const origin = originOf(thrown);
    if (origin === 'bug') {
      this.#log.error('Unexpected error, the service ends', { error: thrown });
      this.#bug.abort(thrown);
      return;
    }
    this.#log.warn('Unhandled error of a library', { origin, error: thrown });
    this.#chats.get(origin)?.(thrown);
  }
}

/**
 * Where a failure that nobody waited for came from: `loose-end` is a connection that broke when nobody needed it any
 * more, the name of a notifier means out of a library of it, and `bug` is anything else.
 */
export type Origin = string;

const OURS = resolve(fileURLToPath(import.meta.url), '../../..');
const KINDS: readonly NotifierKind[] = NOTIFIERS;
/** errno(3), undici's own, and what `fetch` says when a body breaks off. */
const BROKEN = /^(E[A-Z]+|UND_ERR_[A-Z_]+)$/;
const BROKEN_WORDS = /^(terminated|fetch failed|other side closed|socket hang up)$/;

/**
 * Tells by its stack where an unhandled error came from. Whatever passed through a file of ours is a mistake of ours, and
 * so is what cannot be told apart: only a library's own doing may be survived.
 */
export function originOf(thrown: unknown): Origin {
  // Nothing of ours throws anything else than an Error: the lint sees to it.
  if (!(thrown instanceof Error)) return 'loose-end';
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  if (frames.some(isOurs)) return 'bug';
  const chat = KINDS.find(({ libraries }) => libraries && frames.some((frame) => libraries.test(frame)));
  if (chat) return chat.name;
  const code: unknown = 'code' in thrown ? thrown.code : null;
  const broken = (typeof code === 'string' && BROKEN.test(code)) || BROKEN_WORDS.test(thrown.message);
  return broken ? 'loose-end' : 'bug';
}

function isOurs(frame: string): boolean {
  return frame.includes(`${OURS}/`) && !frame.includes('/node_modules/');
}
