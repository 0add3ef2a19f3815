import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { z } from 'zod';
import type { Answer } from './faults.ts';
import { blocks } from './slack-schema.ts';
import type { Host } from '../types.ts';

/** What an acknowledgement of a slash command may carry. @see https://docs.slack.dev/apis/events-api/using-socket-mode */
const acknowledgement = z.strictObject({
  envelope_id: z.string(),
  payload: z.strictObject({
    response_type: z.enum(['ephemeral', 'in_channel']).optional(),
    text: z.string().max(40_000).optional(),
    blocks: blocks.optional(),
  }),
});

export type Acknowledged = z.infer<typeof acknowledgement>['payload'];

export interface SlackAsked {
  /** `/nns-watch`, with the slash. */
  command: string;
  text?: string;
  user?: string;
}

/** Socket mode: `apps.connections.open`, and the host that it names. */
export class SlackSocketMode {
  readonly appToken = 'xapp-1-loopback-secret';
  /** Acknowledgements that Slack would not understand. */
  readonly refused: string[] = [];
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #sockets = new Set<WebSocket>();
  readonly #waiting = new Map<string, (payload: Acknowledged) => void>();
  #last = 0;

  readonly host: Host = {
    names: ['wss-primary.slack.com'],
    handle: (_request, response) => void response.writeHead(426).end(),
    upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#server.handleUpgrade(request, socket, head, (opened) => this.#greet(opened));
    },
  };

  get connections(): number {
    return this.#sockets.size;
  }

  open(authorization: string | undefined): Answer {
    if (authorization !== `Bearer ${this.appToken}`) return { status: 200, json: { ok: false, error: 'invalid_auth' } };
    const url = `wss://wss-primary.slack.com/link/?ticket=${this.#last}`;
    return { status: 200, json: { ok: true, url } };
  }

  /** As every few hours, when Slack takes a server out of service. */
  recycle(): void {
    this.#send({ type: 'disconnect', reason: 'refresh_requested' });
  }

  drop(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  /** Somebody uses a slash command; gives what they see. */
  ask({ command, text = '', user = 'U0STRANGER' }: SlackAsked): Promise<Acknowledged> {
    this.#last += 1;
    const envelope = `envelope-${this.#last}`;
    const shown = new Promise<Acknowledged>((done) => this.#waiting.set(envelope, done));
    const payload = { command, text, user_id: user, team_id: 'T0LOOP', channel_id: 'C0ELECTIONS' };
    this.#send({ type: 'slash_commands', envelope_id: envelope, accepts_response_payload: true, payload });
    return shown;
  }

  #greet(socket: WebSocket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.terminate());
    socket.on('message', (data: Buffer) => this.#hear(data.toString()));
    socket.send(JSON.stringify({ type: 'hello', num_connections: 1, connection_info: { app_id: 'A0LOOP' } }));
  }

  #hear(text: string): void {
    const read = acknowledgement.safeParse(JSON.parse(text));
    if (!read.success) return void this.refused.push(`${read.error.message}: ${text}`);
    this.#waiting.get(read.data.envelope_id)?.(read.data.payload);
    this.#waiting.delete(read.data.envelope_id);
  }

  #send(message: object): void {
    for (const socket of this.#sockets) socket.send(JSON.stringify(message));
  }
}
