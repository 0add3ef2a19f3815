import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { WatchError } from '../../src/domain/errors.ts';
import type { Notice, Notifier, NoticeType } from '../../src/domain/notice.ts';

/** Something that a chat server was asked to show, in order. */
export interface Shown {
  readonly channel: string;
  /** UTC milliseconds. */
  readonly at: number;
  readonly what: 'post' | 'edit';
  readonly message: string;
  readonly key: string;
  readonly type: NoticeType;
  readonly proposal: string | null;
  readonly sentence: string;
  readonly pings: boolean;
  readonly outcome: string | null;
}

export interface ChatOptions {
  readonly id: string;
  /** `bot`: finds its own message for a proposal and edits it; `webhook`: only ever posts. */
  readonly kind: 'bot' | 'webhook';
  readonly now: () => number;
  /** Where the server remembers what it showed, whatever becomes of those who ask it. */
  readonly file?: string;
}

/** A chat server with one channel, and the notifier that tells it things. */
export class Chat {
  readonly shown: Shown[] = [];
  readonly #options: ChatOptions;
  /** Whether it refuses now, and with what. */
  refusal: (nowMs: number) => WatchError | null = () => null;
  /** Called when a request begins, and when it was carried out but not yet answered. */
  onRequest: (what: 'before' | 'after', notice: Notice) => void = () => undefined;

  constructor(options: ChatOptions) {
    this.#options = options;
    const { file } = options;
    if (file === undefined || !existsSync(file)) return;
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    this.shown.push(...lines.map((line) => JSON.parse(line) as Shown));
  }

  get id(): string {
    return this.#options.id;
  }

  get kind(): 'bot' | 'webhook' {
    return this.#options.kind;
  }

  readonly notifier = (): Notifier => ({
    id: this.#options.id,
    deliver: async (notice, { previous, signal }) => {
      signal.throwIfAborted();
      this.onRequest('before', notice);
      const refusal = this.refusal(this.#options.now());
      if (refusal) throw refusal;
      const message = this.#show(notice, previous?.['message'] ?? null);
      this.onRequest('after', notice);
      return { message };
    },
    close: async () => undefined,
  });

  /** Messages that stand in the channel, by proposal. */
  messagesOf(proposal: string): readonly string[] {
    return this.shown
      .filter((each) => each.proposal === proposal && each.what === 'post')
      .map(({ message }) => message);
  }

  of(type: NoticeType): readonly Shown[] {
    return this.shown.filter((each) => each.type === type);
  }

  #show(notice: Notice, previous: string | null): string {
    const { kind, id: channel, now, file } = this.#options;
    const proposal = notice.proposal?.id ?? null;
    const found = previous ?? (proposal === null ? null : (this.messagesOf(proposal)[0] ?? null));
    const old = kind === 'bot' && proposal !== null ? found : null;
    const message = old ?? `${channel}/${this.shown.length + 1}`;
    const { key, type, sentence, pings, verdict } = notice;
    const outcome = verdict?.verdict?.['outcome'];
    const shown: Shown = {
      ...{ channel, at: now(), what: old === null ? 'post' : 'edit', message },
      ...{ key, type, proposal, sentence, pings, outcome: typeof outcome === 'string' ? outcome : null },
    };
    if (file !== undefined) appendFileSync(file, `${JSON.stringify(shown)}\n`);
    this.shown.push(shown);
    return message;
  }
}

export const chatDown = (): WatchError => new WatchError('transport', 'chat-down', 'The chat server is down.');
