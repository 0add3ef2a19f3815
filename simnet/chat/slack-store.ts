import type { Block, Post } from './slack-schema.ts';

/** A message as its readers see it. */
export interface SlackMessage {
  ts: string;
  channel: string;
  bot_id: string;
  text: string;
  blocks: Block[];
  metadata: Post['metadata'];
  thread_ts: string | undefined;
  /** A reply that stands in the channel as well. */
  broadcast: boolean;
  edits: number;
  deleted: boolean;
}

export class SlackStore {
  /** By channel; a bot that is not in a channel cannot write to it. */
  readonly channels = new Map<string, SlackMessage[]>();
  #last = 0;

  addChannel(id: string): void {
    this.channels.set(id, []);
  }

  /** What stands in the channel itself, without replies and what was deleted. */
  visible(channel: string): SlackMessage[] {
    return this.#of(channel).filter((message) => message.thread_ts === undefined);
  }

  /** The same with the replies that stand in the channel as well. */
  history(channel: string): SlackMessage[] {
    return this.#of(channel).filter((message) => message.thread_ts === undefined || message.broadcast);
  }

  thread(channel: string, ts: string): SlackMessage[] {
    return this.#of(channel).filter((message) => message.thread_ts === ts);
  }

  find(channel: string, ts: string): SlackMessage | undefined {
    return this.#of(channel).find((message) => message.ts === ts);
  }

  delete(channel: string, ts: string): void {
    const message = this.find(channel, ts);
    if (!message) throw new Error(`no message ${ts}`);
    message.deleted = true;
  }

  post(channel: string, bot_id: string, given: Partial<Post>, blocks: Block[]): SlackMessage {
    this.#last += 1;
    const message: SlackMessage = {
      ts: `1790000000.${String(this.#last).padStart(6, '0')}`,
      channel,
      bot_id,
      text: given.text ?? '',
      blocks,
      metadata: given.metadata,
      thread_ts: given.thread_ts,
      broadcast: given.reply_broadcast ?? false,
      edits: 0,
      deleted: false,
    };
    this.channels.get(channel)?.push(message);
    return message;
  }

  #of(channel: string): SlackMessage[] {
    return (this.channels.get(channel) ?? []).filter((message) => !message.deleted);
  }
}

/** The form in which the API gives a message; metadata only where it was asked for. */
export function messageJson(message: SlackMessage, withMetadata: boolean): object {
  const { ts, bot_id, text, blocks, metadata, thread_ts, edits } = message;
  return {
    type: 'message',
    ts,
    bot_id,
    user: 'U0LOOPBACK',
    text,
    blocks,
    ...(thread_ts === undefined ? {} : { thread_ts }),
    ...(edits > 0 ? { edited: { user: 'U0LOOPBACK', ts } } : {}),
    ...(withMetadata && metadata ? { metadata } : {}),
  };
}
