import type { Written } from './discord-schema.ts';

/** A message as its readers see it. */
export interface DiscordMessage {
  id: string;
  channel_id: string;
  author: { id: string; bot: true };
  content: string;
  embeds: NonNullable<Written['embeds']>;
  components: NonNullable<Written['components']>;
  attachments: { id: string; filename: string; text: string }[];
  /** Who was notified when it was posted: `role 1`, `user 2`, `everyone`. */
  pings: string[];
  edits: number;
  deleted: boolean;
  crossposted: boolean;
  nonce: string | undefined;
}

export interface DiscordChannel {
  id: string;
  /** 0 text, 5 announcement, 11 and 10 their threads. */
  type: number;
  name: string;
  /** Whether the bot may create threads, and read what was written. */
  threads: boolean;
  history: boolean;
  messages: DiscordMessage[];
}

export interface File {
  name: string;
  text: string;
}

/** Everything that is kept on the other side. */
export class DiscordStore {
  readonly channels = new Map<string, DiscordChannel>();
  #last = 1_290_000_000_000_000_000n;

  newId(): string {
    this.#last += 4_194_304n;
    return String(this.#last);
  }

  addChannel(given: Partial<DiscordChannel> & { id: string }): DiscordChannel {
    const channel = { type: 0, name: 'elections', threads: true, history: true, messages: [], ...given };
    this.channels.set(channel.id, channel);
    return channel;
  }

  /** What stands in the channel, without what was deleted. */
  visible(channel: string): DiscordMessage[] {
    return (this.channels.get(channel)?.messages ?? []).filter((message) => !message.deleted);
  }

  /** The thread that starts from a message has the message's id. */
  thread(message: string): DiscordMessage[] {
    return this.visible(message);
  }

  find(channel: string, id: string): DiscordMessage | undefined {
    return this.visible(channel).find((message) => message.id === id);
  }

  delete(channel: string, id: string): void {
    const message = this.find(channel, id);
    if (!message) throw new Error(`no message ${id}`);
    message.deleted = true;
  }

  /** Nonces are unique "in the past few minutes"; as if those had passed. */
  forgetNonces(): void {
    for (const channel of this.channels.values()) {
      for (const message of channel.messages) message.nonce = undefined;
    }
  }

  post(channel: DiscordChannel, author: string, written: Written, files: File[]): DiscordMessage {
    const nonce = written.nonce === undefined ? undefined : String(written.nonce);
    const same = channel.messages.find((one) => one.author.id === author && one.nonce === nonce);
    if (nonce !== undefined && written.enforce_nonce && same) return same;
    const message: DiscordMessage = {
      id: this.newId(),
      channel_id: channel.id,
      author: { id: author, bot: true },
      content: '',
      embeds: [],
      components: [],
      attachments: [],
      pings: pingsOf(written),
      edits: 0,
      deleted: false,
      crossposted: false,
      nonce,
    };
    channel.messages.push(message);
    change(message, written, files);
    return message;
  }

  edit(message: DiscordMessage, written: Written, files: File[]): void {
    change(message, written, files);
    message.edits += 1;
  }
}

function change(message: DiscordMessage, { content, embeds, components, attachments }: Written, files: File[]): void {
  message.content = content ?? message.content;
  message.embeds = embeds ?? message.embeds;
  message.components = components ?? message.components;
  if (attachments || files.length > 0) {
    message.attachments = files.map(({ name, text }, at) => ({ id: String(at), filename: name, text }));
  }
}

/** Without `allowed_mentions` everything in the content that looks like a mention is one. */
function pingsOf({ content = '', allowed_mentions: allowed }: Written): string[] {
  const may = (kind: 'roles' | 'users', id: string): boolean =>
    allowed === undefined || allowed.parse?.includes(kind) === true || allowed[kind]?.includes(id) === true;
  const roles = [...content.matchAll(/<@&(\d+)>/g)].map(([, id]) => id!).filter((id) => may('roles', id));
  const users = [...content.matchAll(/<@!?(\d+)>/g)].map(([, id]) => id!).filter((id) => may('users', id));
  const everyone =
    /@(?:everyone|here)\b/.test(content) && (allowed?.parse?.includes('everyone') ?? allowed === undefined);
  return [...roles.map((id) => `role ${id}`), ...users.map((id) => `user ${id}`), ...(everyone ? ['everyone'] : [])];
}

/** The form in which the API gives a message. */
export function messageJson(message: DiscordMessage): object {
  const { id, channel_id, author, content, embeds, components, nonce, crossposted, edits } = message;
  return {
    id,
    type: 0,
    channel_id,
    author: { ...author, username: 'nns-watch', discriminator: '0000', avatar: null },
    content,
    embeds: embeds.map((embed) => ({ type: 'rich', ...embed })),
    components,
    attachments: message.attachments.map(({ id: file, filename, text }) => ({ id: file, filename, size: text.length })),
    timestamp: '2026-09-18T12:00:00.000000+00:00',
    edited_timestamp: edits > 0 ? '2026-09-18T12:01:00.000000+00:00' : null,
    flags: crossposted ? 1 : 0,
    tts: false,
    pinned: false,
    mention_everyone: message.pings.includes('everyone'),
    mentions: [],
    mention_roles: [],
    ...(nonce === undefined ? {} : { nonce }),
  };
}
