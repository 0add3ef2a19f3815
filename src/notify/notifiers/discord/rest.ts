import type { RequestData, REST, ResponseLike } from 'discord.js';
import { once } from '../../../platform/once.ts';
import { chatError, exchange, retryAfterOf, type ChatLimits, type Fetch } from '../../transport.ts';
import { discordError } from './errors.ts';

/** The one thing that is asked of the library: a call that is authorised, counted against its limits, and read. */
export type DiscordCall = (method: 'GET' | 'POST' | 'PATCH', route: `/${string}`, data: CallData) => Promise<unknown>;

export interface CallData extends Pick<RequestData, 'query' | 'files'> {
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

export interface DiscordRest {
  readonly call: DiscordCall;
  readonly close: () => void;
}

export interface RestOptions {
  readonly fetch: Fetch;
  /** null: routes carry their own token, as webhooks do. */
  readonly token: string | null;
  readonly limits: ChatLimits;
}

/**
 * Discord’s REST API through the library, which knows its rate limits. It waits for nothing: the time to wait is
 * told to the caller, so that one slow channel holds up no other.
 */
export function createRest({ fetch, token, limits }: RestOptions): DiscordRest {
  let loaded: Promise<REST> | undefined;
  const load = once(async () => {
    const { REST } = await import('discord.js');
    return new REST({
      retries: 0,
      // Ours comes first, and says what it was.
      timeout: limits.timeoutMs + 1000,
      rejectOnRateLimit: () => true,
      makeRequest: makeRequest(fetch, limits),
    });
  });
  const call: DiscordCall = async (method, route, { body, signal, ...data }) => {
    const rest = await (loaded = load());
    // The library forgets its token after a 401; the operator may have repaired the bot since.
    if (token !== null) rest.setToken(token);
    const auth = token !== null;
    try {
      return await rest.request({ ...data, method: method as never, fullRoute: route, auth, signal, body });
    } catch (thrown) {
      throw discordError(thrown);
    }
  };
  const close = (): void => {
    loaded?.then(
      (rest) => {
        rest.clearHashSweeper();
        rest.clearHandlerSweeper();
      },
      () => undefined,
    );
  };
  return { call, close };
}

type MakeRequest = REST['options']['makeRequest'];

/** The library's requests as ours: bounded, and through our `fetch`. */
export function makeRequest(fetch: Fetch, limits: ChatLimits): MakeRequest {
  return (url, init) => request(fetch, url, init, limits);
}

async function request(
  fetch: Fetch,
  url: string,
  init: Parameters<MakeRequest>[1],
  limits: ChatLimits,
): Promise<ResponseLike> {
  // The library's types are those of its own undici; at run time both are the platform's classes.
  const { method = 'GET', headers = {}, body = null, signal } = init as unknown as RequestInit;
  const wanted = { method, headers, body, signal: signal ?? new AbortController().signal };
  return readable(await exchange(fetch, url, wanted, limits));
}

/**
 * The library trips over a body that is called JSON and is none, or no object where it looks for an error, and takes a
 * redirect for a success. All of that comes from what stands between Discord and us, and passes. Of a refusal the
 * status says enough.
 */
async function readable(answer: Response): Promise<Response> {
  const { status } = answer;
  if (status >= 300 && status < 400) throw malformed();
  const headers = withShortLimits(answer.headers);
  const isJson = headers.get('content-type')?.startsWith('application/json') === true;
  if (status === 204 || (!isJson && status !== 429)) return rebuilt(answer, headers);
  const text = await answer.text();
  const value = parsed(text);
  // The library would remember the time, and ask nobody before it is over, whatever the caller makes of it.
  if (status === 429) throw rateLimited(answer.headers, value);
  if (value !== null) return new Response(text, { status, headers });
  if (status < 400) throw malformed();
  return new Response('{}', { status, headers });
}

function rebuilt(answer: Response, headers: Headers): Response {
  return new Response(answer.body, { status: answer.status, headers });
}

/** Discord’s own limits are over within seconds; what is said to last longer must not keep the library from asking. */
const LONGEST_LIMIT_SECONDS = 30;
const RESET_AFTER = 'x-ratelimit-reset-after';

function withShortLimits(given: Headers): Headers {
  const headers = new Headers(given);
  const after = Number(headers.get(RESET_AFTER) ?? 0);
  if (!(after <= LONGEST_LIMIT_SECONDS)) headers.set(RESET_AFTER, String(LONGEST_LIMIT_SECONDS));
  headers.delete('retry-after');
  return headers;
}

function malformed(): Error {
  return chatError('transport', 'chat-malformed', 'the answer is not what was asked for');
}

/**
 * The time to wait stands in the header, in the body, or in both; the longer one counts.
 * @see https://docs.discord.com/developers/topics/rate-limits#exceeding-a-rate-limit
 */
function rateLimited(headers: Headers, body: object | null): Error {
  const said = (body as { retry_after?: unknown } | null)?.retry_after;
  const inBody = typeof said === 'number' && Number.isFinite(said) ? said : 0;
  const wait = Math.max(retryAfterOf(headers, Date.now()) ?? 0, inBody);
  // Both clocks are a little off.
  return chatError('transport', 'discord-rate-limited', 'Discord asks to wait', Math.ceil(wait + 0.05));
}

function parsed(text: string): object | null {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
