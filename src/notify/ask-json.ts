import { plainText } from '../domain/text.ts';
import { CHAT_LIMITS, chatError, exchange, objectIn, retryAfterOf, type ChatLimits, type Fetch } from './transport.ts';

/** A way to one server, with what is the same for all that it is asked. */
export interface JsonWay {
  /** Of the channel's kind, as it begins the codes of its errors: `telegram`. */
  readonly name: string;
  readonly fetch: Fetch;
  readonly limits: ChatLimits;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface JsonQuestion {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is, an object as JSON. */
  readonly body?: object | string;
  readonly signal: AbortSignal;
}

/** What a server answered: the JSON object of its body, or null where it is none. */
export interface JsonAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Readonly<Record<string, unknown>> | null;
}

/** The limits of one exchange, with the time that a test gives it. */
export function limitsOf(timeoutMs = CHAT_LIMITS.timeoutMs): ChatLimits {
  return { ...CHAT_LIMITS, timeoutMs };
}

/** One question over HTTP. Throws a `transport` error where no whole answer comes; judges none that does. */
export async function askJson(way: JsonWay, question: JsonQuestion): Promise<JsonAnswer> {
  const { method, url, body, signal } = question;
  const isJson = typeof body === 'object';
  const headers = {
    accept: 'application/json',
    'user-agent': 'nns-watch',
    ...(isJson ? { 'content-type': 'application/json' } : {}),
    ...way.headers,
    ...question.headers,
  };
  const sent = isJson ? JSON.stringify(body) : (body ?? null);
  const answer = await exchange(way.fetch, url, { method, headers, body: sent, signal }, way.limits);
  return { status: answer.status, headers: answer.headers, json: objectIn(await answer.text()) };
}

/** What a server says of its refusal, in its own words. */
export interface Said {
  /** Ends the code of the error: `chat-not-found`; else the status does. */
  readonly word?: string | undefined;
  readonly sentence?: unknown;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
}

/**
 * An answer that is no success, as one of our errors. A redirect, a page and other words that are not the server's own come
 * from what stands between, and pass; so do 5xx, 408 and 429. Any other refusal is meant.
 */
export function answerError(name: string, { status, headers, json }: JsonAnswer, said: Said = {}): Error {
  const host = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
  const words = typeof said.sentence === 'string' ? `: ${plainText(said.sentence, 200)}` : '';
  const told = `${host} answered ${status}${words}`;
  if (status === 429) {
    const wait = Math.max(retryAfterOf(headers, Date.now()) ?? 0, said.retryAfter ?? 0);
    return chatError('transport', `${name}-rate-limited`, `${host} asks to wait`, Math.ceil(wait));
  }
  if (status >= 500 || status === 408) return chatError('transport', `${name}-http-${status}`, told);
  if (status < 400 && (json === null || status >= 300)) return malformed();
  return chatError('rejected', `${name}-${said.word ?? `http-${status}`}`, told);
}

export function malformed(): Error {
  return chatError('transport', 'chat-malformed', 'the answer is not what was asked for');
}
