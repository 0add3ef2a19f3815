import type { IncomingMessage } from 'node:http';
import { readBody } from '../http-kit.ts';
import type { Host } from '../types.ts';
import { Faults, serve, type Answer, type Shapes } from './faults.ts';

/** @see https://github.com/binwiederhier/ntfy/blob/main/server/errors.go */
const failed = (http: number, code: number, error: string): Answer => ({
  status: http,
  json: { code, http, error, link: 'https://ntfy.sh/docs/publish/' },
});

const SHAPES: Shapes = {
  serverError: failed(500, 50001, 'internal server error'),
  unauthorized: failed(401, 40101, 'unauthorized'),
  invalid: failed(400, 40024, 'invalid request: message must be UTF-8 encoded'),
  rateLimited: (retryAfter) => ({
    ...failed(429, 42901, 'limit reached: too many requests'),
    headers: { 'retry-after': String(Math.ceil(retryAfter)) },
  }),
};

export interface NtfyMessage {
  id: string;
  title: string;
  message: string;
  priority: number;
  tags: string[];
  click: string | undefined;
}

const MESSAGE_BYTES = 4096;

/** ntfy.sh with one topic that needs a token. */
export class Ntfy {
  readonly faults = new Faults();
  readonly messages: NtfyMessage[] = [];
  readonly url = 'https://ntfy.sh/nns-watch-loopback-secret';
  readonly token = 'tk_loopback_secret_012345678901';

  readonly host: Host = {
    names: ['ntfy.sh'],
    handle: (request, response) =>
      serve(request, response, { faults: this.faults, shapes: SHAPES }, () => this.#publish(request)),
  };

  async #publish(request: IncomingMessage): Promise<Answer> {
    const { method, url, headers } = request;
    if (method !== 'POST' && method !== 'PUT') return failed(404, 40401, 'page not found');
    if (url !== new URL(this.url).pathname) return failed(403, 40301, 'forbidden');
    if (headers.authorization !== `Bearer ${this.token}`) {
      return headers.authorization === undefined ? failed(403, 40301, 'forbidden') : SHAPES.unauthorized;
    }
    const body = Buffer.from(await readBody(request));
    // A longer body becomes an attached file, which nobody reads in time.
    if (body.length > MESSAGE_BYTES) return failed(400, 40014, 'invalid request: attachments not allowed');
    const priority = Number(headers['priority'] ?? 3);
    if (!(priority >= 1 && priority <= 5)) return failed(400, 40007, 'invalid request: priority invalid');
    const message = {
      id: `ntfy${this.messages.length + 1}`,
      title: decoded(headerOf(request, 'title')),
      message: body.toString(),
      priority,
      tags: headerOf(request, 'tags').split(','),
      click: headers['click'] === undefined ? undefined : headerOf(request, 'click'),
    };
    this.messages.push(message);
    return { status: 200, json: { ...message, time: 1_790_000_000, event: 'message', topic: 'nns-watch' } };
  }
}

function headerOf(request: IncomingMessage, name: string): string {
  return String(request.headers[name] ?? '');
}

/** RFC 2047, as the server reads its headers. */
function decoded(header: string): string {
  return header.replace(/=\?UTF-8\?B\?([^?]*)\?=/gi, (_, base64: string) => Buffer.from(base64, 'base64').toString());
}
