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
}

export const newExchange = (): Exchange => ({ requests: 0, retryAfterMs: 0 });

/**
 * `fetch` for the agent, which sets no limits itself. It shows the agent no refusals: where a host refuses the expiry of
 * a request, the agent asks that host for the time with requests that it can refuse as well, three for each, without end.
 */
export function boundedFetch(
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
  exchange: Exchange,
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
    if (status !== 200 && status !== 202 && !unknown) throw refusal(status, asked.bytes);
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

function refusal(status: number, body: Uint8Array): WatchError {
  const text = Buffer.from(body.subarray(0, 120)).toString().replace(/\s+/g, ' ').trim();
  return new WatchError('transport', `http-${status}`, `HTTP ${status} ${text}`.trim());
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
