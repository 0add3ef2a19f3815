import type { z } from 'zod';
import { WatchError } from '../domain/errors.ts';
import { plainText } from '../domain/text.ts';

export type Fetch = typeof globalThis.fetch;

/** What a chat's server may take and send; there is nothing big on these ways. */
export interface ChatLimits {
  readonly timeoutMs: number;
  readonly bytes: number;
}

export const CHAT_LIMITS: ChatLimits = { timeoutMs: 30_000, bytes: 2 * 1024 * 1024 };

export interface Wanted {
  readonly method: string;
  readonly headers: NonNullable<RequestInit['headers']>;
  readonly body: RequestInit['body'] | null;
  readonly signal: AbortSignal;
}

/**
 * One exchange with a chat's server, whole and bounded. Throws a `transport` error for everything that keeps an
 * answer from coming. Errors name the host only: paths hold secrets, and so do the errors of libraries.
 */
export async function exchange(fetch: Fetch, url: string, wanted: Wanted, limits = CHAT_LIMITS): Promise<Response> {
  const late = AbortSignal.timeout(limits.timeoutMs);
  const signal = AbortSignal.any([late, wanted.signal]);
  const host = URL.parse(url)?.host ?? 'the address';
  try {
    // A redirect would carry the token or the notice to another host.
    const answer = await fetch(url, { ...(await packed(wanted)), signal, redirect: 'manual' });
    const body = await readBounded(answer, limits.bytes, host);
    const empty = [101, 103, 204, 205, 304].includes(answer.status);
    return new Response(empty ? null : body, { status: answer.status, headers: answer.headers });
  } catch (thrown) {
    if (thrown instanceof WatchError) throw thrown;
    if (wanted.signal.aborted) throw new WatchError('transport', 'chat-cancelled', `${host}: stopped`);
    if (late.aborted) {
      throw new WatchError('transport', 'chat-stalled', `${host}: no answer within ${limits.timeoutMs / 1000} s`);
    }
    throw new WatchError('transport', 'chat-unreachable', `${host}: ${codeOf(thrown)}`);
  }
}

/** A form as bytes: not every `fetch` knows the forms of another. */
async function packed({ method, headers, body }: Wanted): Promise<RequestInit> {
  if (!(body instanceof FormData)) return { method, headers, body: body ?? null };
  const form = new Response(body);
  const typed = new Headers(headers);
  typed.set('content-type', form.headers.get('content-type') ?? '');
  return { method, headers: Object.fromEntries(typed), body: await form.arrayBuffer() };
}

async function readBounded(answer: Response, limit: number, host: string): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > limit) throw new WatchError('transport', 'chat-too-long', `${host} sends more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The system's word for what broke (`ECONNRESET`); a message could hold the address. */
function codeOf(thrown: unknown, depth = 0): string {
  if (!(thrown instanceof Error) || depth > 4) return 'no answer';
  const { code } = thrown as NodeJS.ErrnoException;
  return typeof code === 'string' ? plainText(code, 40) : codeOf(thrown.cause, depth + 1);
}

/** Seconds of a Retry-After header, which holds seconds or a date (RFC 9110, 10.2.3). */
export function retryAfterOf(headers: Headers, now: number): number | undefined {
  const header = headers.get('retry-after');
  if (header === null) return undefined;
  if (/^\d{1,9}(?:\.\d{1,6})?$/.test(header)) return Math.ceil(Number(header));
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}

/** An error of a channel; with the time to wait where the other side named one. */
export function chatError(
  kind: 'transport' | 'rejected',
  code: string,
  message: string,
  retryAfter?: number,
): WatchError {
  return new WatchError(kind, code, message, retryAfter === undefined ? {} : { retryAfter });
}

/** An answer as it should be; one that is not may be a proxy's, and passes. */
export function readAnswer<T>(schema: z.ZodType<T>, answer: unknown): T {
  const read = schema.safeParse(answer);
  if (!read.success) throw chatError('transport', 'chat-malformed', 'the answer is not what was asked for');
  return read.data;
}

/** What of a list can be read: what strangers wrote into a channel must not keep us from reading it. */
export function readEach<T>(schema: z.ZodType<T>, list: readonly unknown[]): T[] {
  return list.flatMap((one) => {
    const read = schema.safeParse(one);
    return read.success ? [read.data] : [];
  });
}

/** The other side understood, and will not do it. */
export function isRefusal(thrown: unknown): boolean {
  return thrown instanceof WatchError && thrown.kind === 'rejected';
}

/** So often a message is not written because what is there cannot be read; after that rather twice than never. */
const UNREAD_TRIES = 3;

/** What an earlier try left there, or null: nothing, or a chat that writes but cannot be read for long. */
export async function unlessUnreadable<T>(find: Promise<T | null>, attempt: number): Promise<T | null> {
  try {
    return await find;
  } catch (thrown) {
    if (attempt < UNREAD_TRIES || (thrown instanceof WatchError && thrown.code === 'chat-cancelled')) throw thrown;
    return null;
  }
}

/** The JSON object that a text is; null: it is none. */
export function objectIn(text: string): Record<string, unknown> | null {
  try {
    const value = JSON.parse(text) as unknown;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
