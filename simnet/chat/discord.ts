import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { readBody } from '../http-kit.ts';
import type { Host } from '../types.ts';
import { discordError, invalidForm, RateLimits, SHAPES } from './discord-errors.ts';
import { Gateway, GUILD } from './discord-gateway.ts';
import { createMessage, editMessage, executeWebhook, startThread, type Written } from './discord-schema.ts';
import { DiscordStore, messageJson, type DiscordChannel, type DiscordMessage, type File } from './discord-store.ts';
import { Faults, serve, type Answer } from './faults.ts';
import { readMultipart } from './multipart.ts';

const BOT = '1290000000000000001';

/** discord.com as far as bots and webhooks post to it. */
export class Discord {
  readonly store = new DiscordStore();
  readonly faults = new Faults();
  readonly limits = new RateLimits();
  /** Every request: `POST /channels/…/messages`. */
  readonly requests: string[] = [];
  readonly botToken = `${Buffer.from(BOT).toString('base64url')}.GloopB.a-secret-of-the-loopback-bot`;
  readonly gateway = new Gateway(this.botToken);
  readonly #webhooks = new Map<string, { token: string; channel: DiscordChannel }>();

  readonly host: Host = {
    names: ['discord.com'],
    handle: (request, response) =>
      serve(request, response, { faults: this.faults, shapes: SHAPES }, () => this.#answer(request)),
  };

  addWebhook(channel: string): { url: string; id: string; token: string } {
    const [id, token] = [this.store.newId(), `secret-of-webhook-${this.#webhooks.size + 1}-0123456789`];
    this.#webhooks.set(id, {
      token,
      channel: this.store.channels.get(channel) ?? this.store.addChannel({ id: channel }),
    });
    return { url: `https://discord.com/api/webhooks/${id}/${token}`, id, token };
  }

  removeWebhook(id: string): void {
    this.#webhooks.delete(id);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', 'https://discord.com');
    const path = url.pathname.replace(/^\/api\/v10/, '');
    const method = request.method ?? '';
    this.requests.push(`${method} ${path}`);
    const { headers, refused } = this.limits.take(`${method} ${path.replace(/messages\/\d+/, 'messages/:id')}`);
    if (refused) return refused;
    const answer = await this.#route({ request, url, method, parts: path.split('/').slice(1) });
    return { ...answer, headers: { ...headers, ...answer.headers } };
  }

  async #route(call: Call): Promise<Answer> {
    const [kind, id = '', third] = call.parts;
    const authorized = call.request.headers.authorization === `Bot ${this.botToken}`;
    const asked = await this.#asked(call, authorized);
    if (asked) return asked;
    if (kind === 'webhooks') return this.#webhook(call, id, third ?? '');
    if (!authorized) return discordError(0);
    if (kind === 'users' && id === '@me') return { status: 200, json: { id: BOT, username: 'nns-watch', bot: true } };
    const channel = this.store.channels.get(id);
    if (kind !== 'channels' || !channel) return discordError(10003);
    if (third === undefined)
      return { status: 200, json: { id, type: channel.type, name: channel.name, guild_id: GUILD } };
    if (third !== 'messages') return { status: 404, json: { message: '404: Not Found', code: 0 } };
    return this.#messages(call, channel);
  }

  /** Commands, and answers to those who used them; undefined: it is about something else. */
  async #asked(call: Call, authorized: boolean): Promise<Answer | undefined> {
    const [kind, , , fourth] = call.parts;
    const answers = kind === 'webhooks' && fourth === 'messages' && call.parts[4] === '@original';
    if (!answers && !['gateway', 'applications', 'interactions'].includes(kind ?? '')) return undefined;
    const text = Buffer.from(await readBody(call.request)).toString();
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    return this.gateway.route(call.method, call.parts, body, authorized) ?? discordError(10015);
  }

  async #messages(call: Call, channel: DiscordChannel): Promise<Answer> {
    const [, , , id, action] = call.parts;
    if (id === undefined) return call.method === 'GET' ? list(call, channel, this.store) : this.#post(call, channel);
    const message = this.store.find(channel.id, id);
    if (!message) return discordError(10008);
    if (action === 'crosspost') return crosspost(channel, message);
    if (action === 'threads') return this.#thread(call, channel, message);
    if (call.method === 'GET') return { status: 200, json: messageJson(message) };
    return message.author.id === BOT ? this.#edit(call, message) : discordError(50005);
  }

  async #post(call: Call, channel: DiscordChannel): Promise<Answer> {
    return withBody(call, createMessage, (written, files) => {
      if (isEmpty(written, files)) return discordError(50006);
      return { status: 200, json: messageJson(this.store.post(channel, BOT, written, files)) };
    });
  }

  async #edit(call: Call, message: DiscordMessage): Promise<Answer> {
    return withBody(call, editMessage, (written, files) => {
      this.store.edit(message, written, files);
      return { status: 200, json: messageJson(message) };
    });
  }

  async #thread(call: Call, channel: DiscordChannel, message: DiscordMessage): Promise<Answer> {
    if (!channel.threads) return discordError(50013);
    if (this.store.channels.has(message.id)) return discordError(160004);
    return withBody(call, startThread, ({ name }) => {
      const type = channel.type === 5 ? 10 : 11;
      this.store.addChannel({ id: message.id, type, name, history: channel.history });
      return { status: 201, json: { id: message.id, type, name, parent_id: channel.id } };
    });
  }

  /** A post to a forum begins a thread, which has its own messages. */
  #threadOf(place: DiscordChannel, name: string | undefined): DiscordChannel {
    if (place.type !== FORUM) return place;
    return this.store.addChannel({ id: this.store.newId(), type: 11, name: name ?? '' });
  }

  async #webhook(call: Call, id: string, token: string): Promise<Answer> {
    const webhook = this.#webhooks.get(id);
    if (!webhook) return discordError(10015);
    if (webhook.token !== token) return discordError(50027);
    const [, , , word, messageId] = call.parts;
    const thread = call.url.searchParams.get('thread_id');
    const place = thread === null ? webhook.channel : this.store.channels.get(thread);
    if (!place) return discordError(10003);
    if (word === 'messages') {
      const message = this.store.find(place.id, messageId ?? '');
      if (!message || message.author.id !== id) return discordError(10008);
      return call.method === 'GET' ? { status: 200, json: messageJson(message) } : this.#edit(call, message);
    }
    return withBody(call, executeWebhook, (written, files) => {
      if (isEmpty(written, files)) return discordError(50006);
      if (place.type === FORUM && !written.thread_name) return discordError(220001);
      // Of a webhook that belongs to no application they are left out unless it asks for them.
      const asked = call.url.searchParams.get('with_components') === 'true';
      const shown = asked ? written : { ...written, components: [] };
      const message = this.store.post(this.#threadOf(place, written.thread_name), id, shown, files);
      return call.url.searchParams.get('wait') === 'true'
        ? { status: 200, json: { ...messageJson(message), webhook_id: id } }
        : { status: 204 };
    });
  }
}

const FORUM = 15;

interface Call {
  request: IncomingMessage;
  url: URL;
  method: string;
  parts: string[];
}

function list({ url }: Call, channel: DiscordChannel, store: DiscordStore): Answer {
  if (!channel.history) return discordError(50001);
  const limit = Number(url.searchParams.get('limit') ?? 50);
  if (!(limit >= 1 && limit <= 100)) return invalidForm([]);
  return { status: 200, json: store.visible(channel.id).reverse().slice(0, limit).map(messageJson) };
}

function crosspost(channel: DiscordChannel, message: DiscordMessage): Answer {
  if (channel.type !== 5) return discordError(50024);
  if (message.crossposted) return discordError(40033);
  message.crossposted = true;
  return { status: 200, json: messageJson(message) };
}

function isEmpty({ content = '', embeds = [] }: Written, files: File[]): boolean {
  return content.trim() === '' && embeds.length === 0 && files.length === 0;
}

/** Reads JSON, or `payload_json` with `files[n]`, and holds it against the specification. */
async function withBody<T>(
  call: Call,
  schema: z.ZodType<T>,
  act: (written: T, files: File[]) => Answer,
): Promise<Answer> {
  const type = call.request.headers['content-type'] ?? '';
  const bytes = Buffer.from(await readBody(call.request));
  const files: File[] = [];
  let text = bytes.toString();
  if (type.startsWith('multipart/form-data')) {
    for (const part of readMultipart(bytes, type)) {
      if (part.name === 'payload_json') text = part.text;
      else if (/^files\[\d\]$/.test(part.name) && part.filename) files.push({ name: part.filename, text: part.text });
      else return invalidForm([{ code: 'custom', path: [part.name], message: 'unknown part', input: undefined }]);
    }
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return discordError(50109);
  }
  const read = schema.safeParse(json);
  return read.success ? act(read.data, files) : invalidForm(read.error.issues);
}
