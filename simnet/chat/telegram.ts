import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { readBody } from '../http-kit.ts';
import type { Host } from '../types.ts';
import { Faults, serve, type Answer, type Shapes } from './faults.ts';
import { foundBy, type FoundEntity } from './telegram-entities.ts';

/** @see https://core.telegram.org/bots/api#making-requests */
const failed = (error_code: number, description: string, parameters?: object): Answer => ({
  status: error_code,
  json: { ok: false, error_code, description, ...(parameters ? { parameters } : {}) },
});

const SHAPES: Shapes = {
  serverError: failed(500, 'Internal Server Error'),
  unauthorized: failed(401, 'Unauthorized'),
  invalid: failed(400, "Bad Request: can't parse entities: unsupported entity at byte offset 3"),
  rateLimited: (retryAfter) =>
    failed(429, `Too Many Requests: retry after ${Math.ceil(retryAfter)}`, { retry_after: Math.ceil(retryAfter) }),
};

const entity = z.strictObject({
  type: z.enum(['bold', 'italic', 'underline', 'strikethrough', 'spoiler', 'code', 'pre', 'text_link', 'blockquote']),
  offset: z.int().min(0),
  length: z.int().min(1),
  url: z.string().optional(),
});
const written = {
  chat_id: z.union([z.int(), z.string().min(1)]),
  text: z.string(),
  parse_mode: z.enum(['HTML', 'MarkdownV2']).optional(),
  entities: z.array(entity).optional(),
  link_preview_options: z.strictObject({ is_disabled: z.boolean().optional() }).optional(),
};
const METHODS = {
  sendMessage: z.strictObject({
    ...written,
    disable_notification: z.boolean().optional(),
    protect_content: z.boolean().optional(),
    reply_parameters: z
      .strictObject({ message_id: z.int(), allow_sending_without_reply: z.boolean().optional() })
      .optional(),
  }),
  editMessageText: z.strictObject({ ...written, message_id: z.int() }),
};

/** A message as its readers see it. */
export interface TelegramMessage {
  message_id: number;
  text: string;
  /** What the sender marked, and what Telegram found by itself. */
  entities: (z.infer<typeof entity> | FoundEntity)[];
  /** Whether it rang. */
  rings: boolean;
  replyTo: number | undefined;
  edits: number;
}

/** api.telegram.org as far as a bot writes to chats. */
export class Telegram {
  readonly faults = new Faults();
  readonly requests: string[] = [];
  readonly botToken = '700000001:AAloopback-secret-secret-secret-secret';
  readonly chats = new Map<string, TelegramMessage[]>();
  /** Groups that became supergroups: where they are now. */
  readonly moved = new Map<string, number>();
  #last = 100;

  readonly host: Host = {
    names: ['api.telegram.org'],
    handle: (request, response) =>
      serve(request, response, { faults: this.faults, shapes: SHAPES }, () => this.#answer(request)),
  };

  addChat(id: string): void {
    if (!this.chats.has(id)) this.chats.set(id, []);
  }

  visible(chat: string): TelegramMessage[] {
    return this.chats.get(chat) ?? [];
  }

  delete(chat: string, id: number): void {
    this.chats.set(
      chat,
      this.visible(chat).filter(({ message_id: one }) => one !== id),
    );
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const [, token, method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? '') ?? [];
    this.requests.push(method);
    if (token === undefined || !/^\d+:/.test(token)) return failed(404, 'Not Found');
    if (token !== this.botToken) return failed(401, 'Unauthorized');
    if (!(method in METHODS)) return failed(404, 'Not Found: method not found');
    const body: unknown = JSON.parse(Buffer.from(await readBody(request)).toString());
    const read = METHODS[method as keyof typeof METHODS].safeParse(body);
    if (!read.success) return failed(400, `Bad Request: ${read.error.issues[0]?.message ?? ''}`);
    const chat = String(read.data.chat_id);
    const moved = this.moved.get(chat);
    if (moved !== undefined) {
      return failed(400, 'Bad Request: group chat was upgraded to a supergroup chat', { migrate_to_chat_id: moved });
    }
    if (!this.chats.has(chat)) return failed(400, 'Bad Request: chat not found');
    const text = read.data.text.trim();
    if (text === '') return failed(400, 'Bad Request: message text is empty');
    if (text.length > 4096) return failed(400, 'Bad Request: message is too long');
    const entities = [...(read.data.entities ?? []).slice(0, 100), ...foundBy(text, read.data.entities ?? [])];
    if ('message_id' in read.data) return this.#edit(chat, read.data.message_id, { text, entities });
    return this.#send(chat, read.data, { text, entities });
  }

  #send(
    chat: string,
    { disable_notification: silent, reply_parameters: reply }: z.infer<typeof METHODS.sendMessage>,
    shown: Pick<TelegramMessage, 'text' | 'entities'>,
  ): Answer {
    const parent = this.visible(chat).find(({ message_id: id }) => id === reply?.message_id);
    if (reply && !parent && !reply.allow_sending_without_reply) {
      return failed(400, 'Bad Request: message to be replied not found');
    }
    this.#last += 1;
    const message = { message_id: this.#last, ...shown, rings: silent !== true, replyTo: parent?.message_id, edits: 0 };
    this.visible(chat).push(message);
    return told(chat, message);
  }

  #edit(chat: string, id: number, shown: Pick<TelegramMessage, 'text' | 'entities'>): Answer {
    const message = this.visible(chat).find(({ message_id: one }) => one === id);
    if (!message) return failed(400, 'Bad Request: message to edit not found');
    if (message.text === shown.text && JSON.stringify(message.entities) === JSON.stringify(shown.entities)) {
      return failed(
        400,
        'Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
      );
    }
    Object.assign(message, shown, { edits: message.edits + 1 });
    return told(chat, message);
  }
}

function told(chat: string, { message_id, text, entities }: TelegramMessage): Answer {
  const result = { message_id, date: 1_790_000_000, chat: { id: Number(chat), type: 'supergroup' }, text, entities };
  return { status: 200, json: { ok: true, result } };
}
