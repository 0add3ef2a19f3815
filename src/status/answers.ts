import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { PageSource } from '../domain/status-queries.ts';
import type { Pictures } from './pictures.ts';
import { type Frame, messagePage } from './layout.ts';

interface More {
  readonly status?: ContentfulStatusCode;
  readonly headers?: Record<string, string>;
}

/** What every answer goes through. */
export interface Answers {
  readonly frame: () => Frame;
  readonly html: (context: Context, page: string, status?: ContentfulStatusCode) => Response;
  readonly json: (context: Context, value: unknown, status?: ContentfulStatusCode) => Response;
  readonly text: (context: Context, text: string, status?: ContentfulStatusCode) => Response;
  readonly other: (context: Context, text: string, type: string, more?: More) => Response;
  readonly bytes: (context: Context, bytes: Uint8Array<ArrayBuffer>, type: string, more?: More) => Response;
  readonly notKnown: (context: Context) => Response;
  readonly redact: (text: string) => string;
}

/** What the routes share. */
export interface Site {
  readonly source: PageSource;
  readonly answers: Answers;
  readonly pictures: Pictures;
  /** Of the answers so far: by status code, and how long they took together. */
  readonly counts: { readonly answers: Map<number, number>; seconds: number };
}

/** `redact`: takes secrets out; none should be there, and none gets by. */
export function answersOf(source: PageSource, redact: (text: string) => string): Answers {
  const { network, toolVersion, publicUrl, now } = source;
  const frame = (): Frame => ({ network, toolVersion, publicUrl, at: now() });
  const body = (context: Context, text: string, type: string, status: ContentfulStatusCode = 200): Response =>
    context.body(redact(text), status, { 'Content-Type': type });
  const html = (context: Context, page: string, status?: ContentfulStatusCode): Response =>
    body(context, page, 'text/html; charset=utf-8', status);
  return {
    frame,
    redact,
    html,
    json: (context, value, status) =>
      body(context, `${JSON.stringify(value)}\n`, 'application/json; charset=utf-8', status),
    text: (context, text, status) => body(context, text, 'text/plain; charset=utf-8', status),
    other: (context, text, type, { status = 200, headers = {} } = {}) =>
      context.body(redact(text), status, { 'Content-Type': type, ...headers }),
    bytes: (context, bytes, type, { status = 200, headers = {} } = {}) =>
      context.body(bytes, status, { 'Content-Type': type, ...headers }),
    notKnown: (context) =>
      html(
        context,
        messagePage(frame(), 'Not known', 'Nothing is known of this here. That says nothing about it.'),
        404,
      ),
  };
}
