import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { z } from 'zod';
import type { Answer } from './faults.ts';
import { discordError, invalidForm } from './discord-errors.ts';
import { editMessage } from './discord-schema.ts';
import type { Host } from '../types.ts';

export const GUILD = '600000000000000001';
export const APPLICATION = '1290000000000000001';

const option = z.strictObject({
  type: z.int().min(1).max(11),
  name: z.string().regex(/^[-_a-z0-9]{1,32}$/),
  description: z.string().min(1).max(100),
  required: z.boolean().optional(),
  max_length: z.int().min(1).max(6000).optional(),
});

/** @see https://docs.discord.com/developers/interactions/application-commands#application-command-object */
const commands = z
  .array(
    z.strictObject({
      name: z.string().regex(/^[-_a-z0-9]{1,32}$/),
      description: z.string().min(1).max(100),
      type: z.literal(1).optional(),
      options: z.array(option).max(25).optional(),
      contexts: z.array(z.int().min(0).max(2)).optional(),
      default_member_permissions: z.string().regex(/^\d+$/).nullable().optional(),
    }),
  )
  .max(100);

/** 5: "ACK an interaction and edit a response later". */
const callback = z.strictObject({
  type: z.literal(5),
  data: z.strictObject({ flags: z.literal(64) }).optional(),
});

export interface Asked {
  command: string;
  /** Value of the option `id`. */
  id?: string;
  /** What Discord says that the asker may do in that server, as its bits. */
  permissions?: bigint;
  guild?: string;
}

/** What the asker sees at the end; `deferred`: whether only the asker sees it. */
export interface Shown {
  deferred: boolean;
  message: z.infer<typeof editMessage>;
}

interface Open {
  token: string;
  deferred: boolean;
  done: (shown: Shown) => void;
}

/** gateway.discord.gg, and what discord.com answers about commands. */
export class Gateway {
  /** Commands as the bot has last told them. */
  commands: z.infer<typeof commands> = [];
  /** How often somebody has logged in. */
  identified = 0;
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #sockets = new Set<WebSocket>();
  readonly #open = new Map<string, Open>();
  readonly #botToken: string;
  #last = 0;

  constructor(botToken: string) {
    this.#botToken = botToken;
  }

  readonly host: Host = {
    names: ['gateway.discord.gg'],
    handle: (_request, response) => void response.writeHead(426).end(),
    upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#server.handleUpgrade(request, socket, head, (opened) => this.#greet(opened));
    },
  };

  get connections(): number {
    return this.#sockets.size;
  }

  /** As if the network broke. */
  drop(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  /** As Discord says that a session is over: 4004 for a token that is not good any more. */
  endSessions(code: number): void {
    for (const socket of this.#sockets) socket.close(code);
  }

  /** Somebody uses a command; gives what they see in the end. */
  ask(asked: Asked): Promise<Shown> {
    this.#last += 1;
    const [id, token] = [`${1_300_000_000_000_000_000n + BigInt(this.#last)}`, `interaction-token-${this.#last}`];
    const shown = new Promise<Shown>((done) => this.#open.set(id, { token, deferred: false, done }));
    this.#dispatch('INTERACTION_CREATE', interaction(id, token, asked));
    return shown;
  }

  /** A packet that no library expects. */
  sendMalformed(): void {
    this.#dispatch('INTERACTION_CREATE', { type: 2, data: { type: 1 } });
  }

  /** What discord.com answers; undefined: not about commands. */
  route(method: string, parts: readonly string[], body: unknown, authorized: boolean): Answer | undefined {
    const [kind, id, third, guild, fifth] = parts;
    if (kind === 'gateway' && id === 'bot') return authorized ? { status: 200, json: GATEWAY } : discordError(0);
    if (kind === 'applications') {
      if (!authorized) return discordError(0);
      if (method !== 'PUT' || id !== APPLICATION || third !== 'guilds' || fifth !== 'commands') return undefined;
      return guild === GUILD ? this.#register(body) : discordError(50001);
    }
    if (kind === 'interactions') return this.#deferred(id ?? '', third ?? '', body);
    const open = [...this.#open.entries()].find(([, { token }]) => kind === 'webhooks' && token === third);
    return open && method === 'PATCH' ? this.#edited(open[0], open[1], body) : undefined;
  }

  #register(body: unknown): Answer {
    const read = commands.safeParse(body);
    if (!read.success) return invalidForm(read.error.issues);
    this.commands = read.data;
    return { status: 200, json: read.data.map((one, at) => ({ id: String(at + 1), version: '1', ...one })) };
  }

  #deferred(id: string, token: string, body: unknown): Answer {
    const open = this.#open.get(id);
    if (open?.token !== token) return discordError(10015);
    const read = callback.safeParse(body);
    if (!read.success) return invalidForm(read.error.issues);
    open.deferred = read.data.data?.flags === 64;
    return { status: 204 };
  }

  #edited(id: string, { deferred, done }: Open, body: unknown): Answer {
    const read = editMessage.safeParse(body);
    if (!read.success) return invalidForm(read.error.issues);
    this.#open.delete(id);
    done({ deferred, message: read.data });
    const author = { id: APPLICATION, username: 'nns-watch', discriminator: '0000', avatar: null, bot: true };
    return { status: 200, json: { id, channel_id: '1', author, content: '', embeds: [], attachments: [], ...SENT } };
  }

  #greet(socket: WebSocket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.terminate());
    socket.on('message', (data: Buffer) => this.#hear(socket, JSON.parse(data.toString()) as Heard));
    socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: 41_250 } }));
  }

  #hear(socket: WebSocket, { op, d }: Heard): void {
    if (op === 1) socket.send(JSON.stringify({ op: 11 }));
    if (op === 6) socket.send(JSON.stringify({ op: 9, d: false }));
    if (op !== 2) return;
    this.identified += 1;
    if (d.token !== this.#botToken) {
      socket.close(4004);
      return;
    }
    socket.send(JSON.stringify({ op: 0, s: 1, t: 'READY', d: READY }));
  }

  #dispatch(name: string, data: object): void {
    for (const socket of this.#sockets) socket.send(JSON.stringify({ op: 0, s: 2, t: name, d: data }));
  }
}

interface Heard {
  op: number;
  d: { token?: string };
}

const GATEWAY = {
  url: 'wss://gateway.discord.gg',
  shards: 1,
  session_start_limit: { total: 1000, remaining: 999, reset_after: 1000, max_concurrency: 1 },
};

const READY = {
  v: 10,
  user: { id: APPLICATION, username: 'nns-watch', discriminator: '0000', avatar: null, bot: true },
  guilds: [],
  session_id: 'session-1',
  resume_gateway_url: 'wss://gateway.discord.gg',
  application: { id: APPLICATION, flags: 0 },
};

const SENT = {
  timestamp: '2026-09-18T12:00:00.000000+00:00',
  edited_timestamp: null,
  type: 0,
  flags: 64,
  mentions: [],
};

function interaction(id: string, token: string, { command, id: value, permissions = 0n, guild = GUILD }: Asked) {
  const user = { id: '500000000000000001', username: 'asker', discriminator: '0000', avatar: null };
  const options = value === undefined ? [] : [{ type: 3, name: 'id', value }];
  return {
    id,
    token,
    version: 1,
    type: 2,
    application_id: APPLICATION,
    guild_id: guild,
    channel_id: '700000000000000001',
    channel: { id: '700000000000000001', type: 0 },
    member: { user, roles: [], permissions: String(permissions), joined_at: '2026-01-01T00:00:00Z', flags: 0 },
    locale: 'en-US',
    entitlements: [],
    authorizing_integration_owners: { 0: GUILD },
    context: 0,
    app_permissions: '0',
    attachment_size_limit: 10_485_760,
    data: { id: '1', type: 1, name: command, options },
  };
}
