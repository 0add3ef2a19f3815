import type { IncomingMessage } from 'node:http';
import { readBody } from '../http-kit.ts';
import type { Host } from '../types.ts';
import { Faults, serve, type Answer, type Shapes } from './faults.ts';
import { blocks as blocksSchema, METHODS, textLength, webhookPayload, type Block, type Post } from './slack-schema.ts';
import { SlackSocketMode } from './slack-socket.ts';
import { messageJson, SlackStore } from './slack-store.ts';

const BOT = 'B0LOOPBACK';
const MOST_TEXT = 13_200;

const SHAPES: Shapes = {
  serverError: { status: 500, text: 'server_error' },
  unauthorized: { status: 200, json: { ok: false, error: 'invalid_auth' } },
  invalid: { status: 200, json: { ok: false, error: 'invalid_blocks' } },
  rateLimited: (retryAfter) => ({
    status: 429,
    headers: { 'retry-after': String(Math.ceil(retryAfter)) },
    json: { ok: false, error: 'ratelimited' },
  }),
};
const WEBHOOK_SHAPES: Shapes = {
  ...SHAPES,
  unauthorized: { status: 403, text: 'invalid_token' },
  invalid: { status: 400, text: 'invalid_blocks' },
  rateLimited: (retryAfter) => ({
    status: 429,
    headers: { 'retry-after': String(Math.ceil(retryAfter)) },
    text: 'rate_limited',
  }),
};

/** slack.com and hooks.slack.com as far as bots and incoming webhooks post to them. */
export class Slack {
  readonly store = new SlackStore();
  readonly faults = new Faults();
  readonly socketMode = new SlackSocketMode();
  readonly requests: string[] = [];
  readonly botToken = 'xoxb-0000000000-loopback-secret';
  /** Whether the bot may read what stands in its channels. */
  history = true;
  readonly #webhooks = new Map<string, string>();

  readonly hosts: Host[] = [
    this.socketMode.host,
    {
      names: ['slack.com'],
      handle: (request, response) =>
        serve(request, response, { faults: this.faults, shapes: SHAPES }, () => this.#api(request)),
    },
    {
      names: ['hooks.slack.com'],
      handle: (request, response) =>
        serve(request, response, { faults: this.faults, shapes: WEBHOOK_SHAPES }, () => this.#hook(request)),
    },
  ];

  addWebhook(channel: string): string {
    if (!this.store.channels.has(channel)) this.store.addChannel(channel);
    const path = `/services/T0LOOP/B${this.#webhooks.size + 1}LOOP/secretsecretsecretsecret`;
    this.#webhooks.set(path, channel);
    return `https://hooks.slack.com${path}`;
  }

  async #hook(request: IncomingMessage): Promise<Answer> {
    this.requests.push(`${request.method ?? ''} /services`);
    const channel = this.#webhooks.get(request.url ?? '');
    if (channel === undefined) return { status: 404, text: 'no_service' };
    const read = webhookPayload.safeParse(JSON.parse(Buffer.from(await readBody(request)).toString()));
    if (!read.success) return { status: 400, text: 'invalid_payload' };
    const checked = checkBlocks(read.data.blocks);
    if (typeof checked === 'string') return { status: 400, text: checked };
    if (!read.data.text && checked.length === 0) return { status: 400, text: 'no_text' };
    this.store.post(channel, 'B0WEBHOOK', read.data, checked);
    return { status: 200, text: 'ok' };
  }

  async #api(request: IncomingMessage): Promise<Answer> {
    const method = (request.url ?? '').replace(/^\/api\//, '');
    this.requests.push(method);
    if (method === 'apps.connections.open') return this.socketMode.open(request.headers.authorization);
    const { token, ...given } = await parametersOf(request);
    const authorized = request.headers.authorization === `Bearer ${this.botToken}` || token === this.botToken;
    if (!authorized) return failed('invalid_auth');
    if (!isMethod(method)) return failed('unknown_method');
    const read = METHODS[method].safeParse(given);
    if (!read.success)
      return failed(
        'invalid_arguments',
        read.error.issues.map(({ message, path }) => `${path.join('.')}: ${message}`),
      );
    return this.#call(
      method,
      read.data as Partial<Post> & { ts?: string; include_all_metadata?: boolean; limit?: number },
    );
  }

  #call(method: keyof typeof METHODS, given: Partial<Post> & { ts?: string } & Listing): Answer {
    if (method === 'auth.test') return okay({ url: 'https://loopback.slack.com/', team_id: 'T0LOOP', bot_id: BOT });
    const { channel = '', ts = '' } = given;
    if (!this.store.channels.has(channel)) return failed('channel_not_found');
    switch (method) {
      case 'chat.postMessage':
        return this.#post(channel, given);
      case 'chat.update':
        return this.#update(channel, ts, given);
      case 'conversations.history':
        return this.#list(this.store.history(channel).reverse(), given);
      case 'conversations.replies': {
        const parent = this.store.find(channel, ts);
        return parent ? this.#list([parent, ...this.store.thread(channel, ts)], given) : failed('thread_not_found');
      }
    }
  }

  #post(channel: string, given: Partial<Post>): Answer {
    const checked = checkBlocks(given.blocks);
    if (typeof checked === 'string') return failed(checked);
    if (!given.text && checked.length === 0) return failed('no_text');
    if (given.thread_ts !== undefined && !this.store.find(channel, given.thread_ts)) return failed('thread_not_found');
    const message = this.store.post(channel, BOT, given, checked);
    return okay({ channel, ts: message.ts, message: messageJson(message, true) });
  }

  #update(channel: string, ts: string, given: Partial<Post>): Answer {
    const message = this.store.find(channel, ts);
    if (!message) return failed('message_not_found');
    if (message.bot_id !== BOT) return failed('cant_update_message');
    const checked = checkBlocks(given.blocks);
    if (typeof checked === 'string') return failed(checked);
    message.text = given.text ?? message.text;
    if (given.blocks) message.blocks = checked;
    message.metadata = given.metadata ?? message.metadata;
    message.edits += 1;
    return okay({ channel, ts, text: message.text });
  }

  #list(messages: ReturnType<SlackStore['visible']>, { limit = 100, include_all_metadata = false }: Listing): Answer {
    if (!this.history) return failed('missing_scope');
    const shown = messages.slice(0, limit).map((message) => messageJson(message, include_all_metadata));
    return okay({ messages: shown, has_more: messages.length > limit });
  }
}

interface Listing {
  limit?: number;
  include_all_metadata?: boolean;
}

const okay = (json: object): Answer => ({ status: 200, json: { ok: true, ...json } });

function failed(error: string, messages: string[] = []): Answer {
  return {
    status: 200,
    json: { ok: false, error, ...(messages.length > 0 ? { response_metadata: { messages } } : {}) },
  };
}

function isMethod(name: string): name is keyof typeof METHODS {
  return name in METHODS;
}

/** The blocks, or the word with which Slack refuses them. */
function checkBlocks(given: unknown): Block[] | string {
  const read = blocksSchema.safeParse(given ?? []);
  if (!read.success) return 'invalid_blocks';
  return textLength(read.data) > MOST_TEXT ? 'msg_blocks_too_long' : read.data;
}

const JSON_FIELDS = new Set(['blocks', 'metadata']);
const WORDS: Record<string, boolean> = { true: true, false: false };

/** Forms carry numbers and truth values as words, and structures as JSON. */
async function parametersOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const body = Buffer.from(await readBody(request)).toString();
  if (request.headers['content-type']?.startsWith('application/json'))
    return JSON.parse(body) as Record<string, unknown>;
  const entries = [...new URLSearchParams(body)].map(([name, value]): [string, unknown] => {
    if (JSON_FIELDS.has(name)) return [name, JSON.parse(value)];
    return [name, name === 'limit' ? Number(value) : (WORDS[value] ?? value)];
  });
  return Object.fromEntries(entries);
}
