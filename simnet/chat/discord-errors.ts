import type { z } from 'zod';
import type { Answer, Shapes } from './faults.ts';

/** Codes and words of Discord's own errors. @see https://docs.discord.com/developers/topics/opcodes-and-status-codes */
const ERRORS = {
  0: [401, '401: Unauthorized'],
  10003: [404, 'Unknown Channel'],
  10008: [404, 'Unknown Message'],
  10015: [404, 'Unknown Webhook'],
  40033: [400, 'This message was already crossposted'],
  50001: [403, 'Missing Access'],
  50005: [403, 'Cannot edit a message authored by another user'],
  50006: [400, 'Cannot send an empty message'],
  50013: [403, 'Missing Permissions'],
  50024: [400, 'Cannot execute action on this channel type'],
  50027: [401, 'Invalid Webhook Token'],
  50109: [400, 'The request body contains invalid JSON.'],
  220001: [400, 'Webhooks posted to forum channels must have a thread_name or thread_id'],
  160004: [400, 'A thread has already been created for this message'],
} as const satisfies Record<number, readonly [number, string]>;

export function discordError(code: keyof typeof ERRORS): Answer {
  const [status, message] = ERRORS[code];
  return { status, json: { message, code } };
}

/** The nested form in which Discord tells which field is wrong. */
export function invalidForm(issues: readonly z.core.$ZodIssue[]): Answer {
  const errors: Record<string, unknown> = {};
  for (const issue of issues) {
    let at = errors;
    for (const key of issue.path) at = (at[String(key)] ??= {}) as Record<string, unknown>;
    at['_errors'] = [{ code: issue.code.toUpperCase(), message: issue.message }];
  }
  return { status: 400, json: { message: 'Invalid Form Body', code: 50035, errors } };
}

export const SHAPES: Shapes = {
  serverError: { status: 500, json: { message: '500: Internal Server Error', code: 0 } },
  unauthorized: discordError(0),
  invalid: invalidForm([]),
  rateLimited: (retryAfter) => ({
    status: 429,
    headers: {
      'retry-after': String(Math.ceil(retryAfter)),
      'x-ratelimit-limit': '5',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(Date.now() / 1000 + retryAfter),
      'x-ratelimit-reset-after': String(retryAfter),
      'x-ratelimit-bucket': 'abcd1234',
      'x-ratelimit-scope': 'user',
    },
    json: { message: 'You are being rate limited.', retry_after: retryAfter, global: false },
  }),
};

/** Counts requests of each route within a window, and says when there were too many. */
export class RateLimits {
  requests = 50;
  seconds = 1;
  readonly #windows = new Map<string, { start: number; used: number }>();

  take(route: string): { headers: Record<string, string>; refused: Answer | undefined } {
    const now = Date.now();
    const known = this.#windows.get(route);
    const window = known && now - known.start < this.seconds * 1000 ? known : { start: now, used: 0 };
    this.#windows.set(route, window);
    window.used += 1;
    const left = (window.start + this.seconds * 1000 - now) / 1000;
    const headers = {
      'x-ratelimit-limit': String(this.requests),
      'x-ratelimit-remaining': String(Math.max(0, this.requests - window.used)),
      'x-ratelimit-reset': String(now / 1000 + left),
      'x-ratelimit-reset-after': String(left),
      'x-ratelimit-bucket': Buffer.from(route).toString('hex').slice(0, 32),
    };
    return { headers, refused: window.used > this.requests ? SHAPES.rateLimited(left) : undefined };
  }
}
