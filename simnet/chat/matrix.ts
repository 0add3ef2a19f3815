import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { readBody } from '../http-kit.ts';
import type { Host } from '../types.ts';
import { Faults, serve, type Answer, type Shapes } from './faults.ts';

/** @see https://spec.matrix.org/latest/client-server-api/#standard-error-response */
const failed = (status: number, errcode: string, error: string, more: object = {}): Answer => ({
  status,
  json: { errcode, error, ...more },
});

const SHAPES: Shapes = {
  serverError: failed(500, 'M_UNKNOWN', 'Internal server error'),
  unauthorized: failed(401, 'M_UNKNOWN_TOKEN', 'Invalid access token passed.', { soft_logout: false }),
  invalid: failed(413, 'M_TOO_LARGE', 'event too large'),
  rateLimited: (retryAfter) => ({
    ...failed(429, 'M_LIMIT_EXCEEDED', 'Too Many Requests', { retry_after_ms: retryAfter * 1000 }),
    headers: { 'retry-after': String(Math.ceil(retryAfter)) },
  }),
};

const mentions = z.strictObject({ user_ids: z.array(z.string()).optional(), room: z.literal(true).optional() });
const text = {
  msgtype: z.enum(['m.text', 'm.notice']),
  body: z.string(),
  format: z.literal('org.matrix.custom.html').optional(),
  formatted_body: z.string().optional(),
  'm.mentions': mentions,
};
const relation = z.union([
  z.strictObject({ rel_type: z.literal('m.replace'), event_id: z.string() }),
  z.strictObject({
    rel_type: z.literal('m.thread'),
    event_id: z.string(),
    is_falling_back: z.boolean().optional(),
    'm.in_reply_to': z.strictObject({ event_id: z.string() }).optional(),
  }),
]);
const content = z.strictObject({
  ...text,
  'm.new_content': z.strictObject(text).optional(),
  'm.relates_to': relation.optional(),
});
type Content = z.infer<typeof content>;

export interface MatrixEvent {
  event_id: string;
  /** As readers see it, after its last edit. */
  shown: Omit<Content, 'm.relates_to' | 'm.new_content'>;
  thread: string | undefined;
  edits: number;
  redacted: boolean;
}

const LARGEST_EVENT = 65_536;
const ADDED_BY_SERVERS = 1500;

/** A homeserver with one account, which writes to rooms. @see https://spec.matrix.org/latest/client-server-api/ */
export class Matrix {
  readonly faults = new Faults();
  readonly requests: string[] = [];
  readonly homeserver = 'https://matrix.example.org';
  readonly accessToken = 'syt_loopback_secret_0123456789';
  readonly rooms = new Map<string, MatrixEvent[]>();
  /** Largest event that was taken, with what servers add. */
  largest = 0;
  readonly #transactions = new Map<string, string>();
  #last = 0;

  readonly host: Host = {
    names: ['matrix.example.org'],
    handle: (request, response) =>
      serve(request, response, { faults: this.faults, shapes: SHAPES }, () => this.#answer(request)),
  };

  addRoom(id: string): void {
    if (!this.rooms.has(id)) this.rooms.set(id, []);
  }

  visible(room: string): MatrixEvent[] {
    return this.#of(room).filter(({ thread }) => thread === undefined);
  }

  thread(room: string, event: string): MatrixEvent[] {
    return this.#of(room).filter(({ thread }) => thread === event);
  }

  redact(room: string, event: string): void {
    this.#of(room).find(({ event_id: one }) => one === event)!.redacted = true;
  }

  #of(room: string): MatrixEvent[] {
    return (this.rooms.get(room) ?? []).filter(({ redacted }) => !redacted);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { method = '', url = '', headers } = request;
    const [, room, rest] = /^\/_matrix\/client\/v3\/rooms\/([^/]+)\/(.+)$/.exec(url) ?? [];
    this.requests.push(`${method} ${rest?.split('/')[0] ?? url}`);
    if (headers.authorization === undefined) return failed(401, 'M_MISSING_TOKEN', 'Missing access token');
    if (headers.authorization !== `Bearer ${this.accessToken}`) return SHAPES.unauthorized;
    if (room === undefined || rest === undefined) return failed(404, 'M_UNRECOGNIZED', 'Unrecognized request');
    const events = this.rooms.get(decodeURIComponent(room));
    if (!events) return failed(403, 'M_FORBIDDEN', 'User @nns-watch:example.org not in room');
    const [what, name = '', transaction = ''] = rest.split('/').map(decodeURIComponent);
    if (method === 'GET' && what === 'event') return found(events, name);
    if (method !== 'PUT' || what !== 'send' || name !== 'm.room.message' || transaction === '') {
      return failed(404, 'M_UNRECOGNIZED', 'Unrecognized request');
    }
    return this.#send(events, `${room}/${transaction}`, await readBody(request));
  }

  #send(events: MatrixEvent[], transaction: string, body: Uint8Array): Answer {
    const known = this.#transactions.get(transaction);
    if (known !== undefined) return { status: 200, json: { event_id: known } };
    const size = body.length + ADDED_BY_SERVERS;
    if (size > LARGEST_EVENT) return failed(413, 'M_TOO_LARGE', 'event too large');
    const read = content.safeParse(JSON.parse(Buffer.from(body).toString()));
    if (!read.success) return failed(400, 'M_BAD_JSON', read.error.issues[0]?.message ?? '');
    this.largest = Math.max(this.largest, size);
    this.#last += 1;
    const event_id = `$event-${this.#last}`;
    this.#transactions.set(transaction, event_id);
    const { 'm.relates_to': relates, 'm.new_content': edited, ...shown } = read.data;
    if (relates?.rel_type === 'm.replace') {
      const target = events.find((one) => one.event_id === relates.event_id);
      if (target && edited) Object.assign(target, { shown: edited, edits: target.edits + 1 });
    } else {
      events.push({ event_id, shown, thread: relates?.event_id, edits: 0, redacted: false });
    }
    return { status: 200, json: { event_id } };
  }
}

function found(events: readonly MatrixEvent[], id: string): Answer {
  const event = events.find(({ event_id }) => event_id === id);
  if (!event) return failed(404, 'M_NOT_FOUND', 'Event not found.');
  const unsigned = event.redacted ? { redacted_because: { type: 'm.room.redaction' } } : {};
  const shown = event.redacted ? {} : event.shown;
  return {
    status: 200,
    json: { type: 'm.room.message', event_id: id, sender: '@nns-watch:example.org', content: shown, unsigned },
  };
}
