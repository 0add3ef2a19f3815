import type { IncomingMessage } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { readBody } from '../http-kit.ts';
import type { Host } from '../types.ts';
import { Faults, serve, type Answer, type Shapes } from './faults.ts';

const SHAPES: Shapes = {
  serverError: { status: 500, text: 'broken' },
  unauthorized: { status: 401, text: 'who are you' },
  invalid: { status: 400, text: 'what is this' },
  rateLimited: (retryAfter) => ({ status: 429, headers: { 'retry-after': String(retryAfter) }, text: 'slowly' }),
};

const bodySchema = z.strictObject({
  schema: z.literal('nns-watch/notice@1'),
  type: z.string(),
  notice: z.record(z.string(), z.unknown()),
  verdict: z.record(z.string(), z.unknown()).optional(),
  truncated: z.looseObject({ why: z.string() }).optional(),
});

export interface Received {
  id: string;
  body: z.infer<typeof bodySchema>;
}

/** Somebody's receiver of Standard Webhooks, which takes only what is signed with the shared secret. */
export class WebhookReceiver {
  readonly faults = new Faults();
  readonly received: Received[] = [];
  /** Bytes of a body that it takes; more is answered as proxies do, with 413 (nginx `client_max_body_size`). */
  mostBytes = Infinity;
  readonly url = 'https://hooks.example.org/nns-watch';
  readonly secret = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;

  readonly host: Host = {
    names: ['hooks.example.org'],
    handle: (request, response) =>
      serve(request, response, { faults: this.faults, shapes: SHAPES }, () => this.#take(request)),
  };

  async #take(request: IncomingMessage): Promise<Answer> {
    if (request.method !== 'POST' || request.url !== '/nns-watch') return { status: 404, text: 'nothing here' };
    const bytes = await readBody(request);
    if (bytes.length > this.mostBytes) return { status: 413, text: '<html>413 Request Entity Too Large</html>' };
    const text = Buffer.from(bytes).toString();
    const headers = request.headers as Record<string, string>;
    let verified: unknown;
    try {
      verified = new Webhook(this.secret).verify(text, headers);
    } catch {
      return { status: 401, text: 'bad signature' };
    }
    const read = bodySchema.safeParse(verified);
    if (!read.success) return { status: 400, text: read.error.message };
    this.received.push({ id: headers['webhook-id']!, body: read.data });
    return { status: 204 };
  }
}
