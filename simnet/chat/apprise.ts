import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { readBody } from '../http-kit.ts';
import type { Host } from '../types.ts';
import { Faults, serve, type Answer, type Shapes } from './faults.ts';

const failed = (status: number, error: string): Answer => ({ status, json: { error, details: [] } });

const SHAPES: Shapes = {
  serverError: failed(500, 'An error occurred'),
  unauthorized: failed(401, 'Unauthorized'),
  invalid: failed(400, 'The payload was malformed or empty'),
  rateLimited: (retryAfter) => ({ status: 429, headers: { 'retry-after': String(Math.ceil(retryAfter)) }, text: '' }),
};

const payload = z.strictObject({
  title: z.string().optional(),
  body: z.string().min(1),
  type: z.enum(['info', 'success', 'warning', 'failure']).optional(),
  format: z.enum(['text', 'markdown', 'html']).optional(),
  tag: z.string().optional(),
});
export type AppriseMessage = z.infer<typeof payload>;

/** An apprise-api server with one configuration. @see https://github.com/caronc/apprise-api#api-details */
export class Apprise {
  readonly faults = new Faults();
  readonly messages: AppriseMessage[] = [];
  readonly url = 'https://apprise.example.org/notify/loopback-secret-key';
  /** Whether anything is configured behind its key. */
  configured = true;

  readonly host: Host = {
    names: ['apprise.example.org'],
    handle: (request, response) =>
      serve(request, response, { faults: this.faults, shapes: SHAPES }, () => this.#notify(request)),
  };

  async #notify(request: IncomingMessage): Promise<Answer> {
    if (request.method !== 'POST') return { status: 405, text: '' };
    const known = (request.url ?? '').replace(/\/$/, '') === new URL(this.url).pathname;
    if (!known || !this.configured) return { status: 204 };
    if (!request.headers['content-type']?.startsWith('application/json')) return failed(400, 'Bad FORM Payload');
    const read = payload.safeParse(JSON.parse(Buffer.from(await readBody(request)).toString()));
    if (!read.success) return failed(400, 'The payload was malformed or empty');
    this.messages.push(read.data);
    return { status: 200, json: { error: null, details: [['info', '2026-09-18T12:00:00', 'Sent notification.']] } };
  }
}
