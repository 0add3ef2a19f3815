import { WatchError } from '../domain/errors.ts';

/** A reply is at most 3 MiB, and its certificate some kilobytes more. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** Statuses whose answer has no body (Fetch standard, "null body status"). */
const WITHOUT_BODY = new Set([101, 103, 204, 205, 304]);

/** `fetch` for the agent, which sets no limits itself. It also hears how long a host asks to be left alone. */
export function boundedFetch(
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
  heard: { retryAfterMs: number },
): typeof globalThis.fetch {
  return async (input, init) => {
    const answer = await fetch(input, { ...init, signal, redirect: 'error' });
    const seconds = answer.headers.get('retry-after') ?? '';
    if (/^\d{1,4}$/.test(seconds)) heard.retryAfterMs = Number(seconds) * 1000;
    const bytes = await boundedBody(answer);
    const { status, statusText, headers } = answer;
    const bounded = new Response(WITHOUT_BODY.has(status) ? null : bytes, { status, statusText, headers });
    // By the URL the agent sees that a node does not know the newest version of the interface.
    Object.defineProperty(bounded, 'url', { value: answer.url });
    return bounded;
  };
}

async function boundedBody(answer: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES)
      throw new WatchError('limit', 'answer-too-large', 'a node sends more than a reply can be');
    chunks.push(chunk);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}
