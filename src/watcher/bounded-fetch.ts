import { WatchError } from '../domain/errors.ts';

/** A reply is at most 3 MiB, and its certificate some kilobytes more. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** Waiting for one update takes a request every half second, reading the registry some hundred. */
const MAX_REQUESTS = 500;

/** What one session with a host has come to so far. */
export interface Exchange {
  requests: number;
  /** How long the host asked to be left alone. */
  retryAfterMs: number;
  /** Milliseconds by which the host's clock is ahead of this machine's, as its last answer says; null: it did not say. */
  aheadMs: number | null;
}

export const newExchange = (): Exchange => ({ requests: 0, retryAfterMs: 0, aheadMs: null });

/**
 * `fetch` for the agent, which sets no limits itself. It shows the agent no refusals: where a host refuses the expiry of
 * a request, the agent asks that host for the time with requests that it can refuse as well, three for each, without end.
 */
export function boundedFetch(
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
  exchange: Exchange,
  clock: { now(): number },
): typeof globalThis.fetch {
  const ask = async (address: string, init: RequestInit | undefined): Promise<Bounded> => {
    exchange.requests += 1;
    if (exchange.requests > MAX_REQUESTS) throw new WatchError('limit', 'too-many-requests', 'one reading takes fewer');
    const answer = await fetch(address, { ...init, signal, redirect: 'error' });
    const seconds = answer.headers.get('retry-after') ?? '';
    if (/^\d{1,4}$/.test(seconds)) exchange.retryAfterMs = Number(seconds) * 1000;
    return { answer, bytes: await boundedBody(answer) };
  };
  return async (input, init) => {
    const address = addressOf(input);
    let asked = await ask(address, init);
    const older = olderAddress(address);
    if (asked.answer.status === 404 && older !== address) asked = await ask(older, init);
    const { status, statusText, headers } = asked.answer;
    // The oldest way of calling differs, and the agent takes it where it sees that the newest is not known.
    const unknown = status === 404 && address.includes('/api/v4/');
    const text = status === 200 || status === 202 ? '' : Buffer.from(asked.bytes.subarray(0, 2000)).toString();
    const told = timeIn(headers, text);
    if (told !== null) exchange.aheadMs = told - clock.now();
    if (status !== 200 && status !== 202 && !unknown) throw refusal(status, text);
    const bounded = new Response(asked.bytes, { status, statusText, headers });
    Object.defineProperty(bounded, 'url', { value: address });
    return bounded;
  };
}

interface Bounded {
  readonly answer: Response;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * An older node does not know the newest interface. Question and answer look the same in the one before it; only the
 * place of the canister ranges differs, and the agent looks in both.
 * @see https://internetcomputer.org/docs/references/ic-interface-spec#http-interface
 */
function olderAddress(address: string): string {
  return address.replace(/\/api\/v([34])\//, (_, version) => `/api/v${Number(version) - 1}/`);
}

const addressOf = (input: Request | URL | string): string => (input instanceof Request ? input.url : String(input));

function refusal(status: number, body: string): WatchError {
  const text = body.slice(0, 120).replace(/\s+/g, ' ').trim();
  const code = status === 400 && EXPIRY_REFUSED.test(body) ? 'expiry-refused' : `http-${status}`;
  return new WatchError('transport', code, `HTTP ${status} ${text}`.trim());
}

/**
 * What a node says to a request that is too old, or of too far ahead, by its own clock; the least that it takes is its time.
 * @see https://github.com/dfinity/ic/blob/master/rs/validator/src/ingress_validation.rs
 */
const EXPIRY_REFUSED = /invalid request expiry|ingress_expiry not within/i;
const LEAST_EXPIRY = /minimum allowed expiry: (\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)/i;

/** The host's time by the text of its refusal, else by the header, to a second; UTC milliseconds. Both without proof. */
function timeIn(headers: Headers, text: string): number | null {
  const [, day, time] = LEAST_EXPIRY.exec(text) ?? [];
  const told = Date.parse(day && time ? `${day}T${time}Z` : (headers.get('date') ?? ''));
  return Number.isNaN(told) ? null : told;
}

async function boundedBody(answer: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) {
      throw new WatchError('limit', 'answer-too-large', 'a node sends more than a reply can be');
    }
    chunks.push(chunk);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}
