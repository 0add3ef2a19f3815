import type { Http, Limits } from './http.ts';

/** Statuses whose answer has no body (Fetch standard, "null body status"). */
const NO_BODY = new Set([101, 103, 204, 205, 304]);

/** `fetch` for libraries that want one, within our rules and limits. Errors are those of `Http`. */
export function fetchLike(http: Http, limits: Limits): typeof fetch {
  return async (input, init) => {
    const wanted = new Request(input, init);
    const body = new Uint8Array(await wanted.arrayBuffer());
    const answer = await http.request({
      url: wanted.url,
      method: methodOf(wanted.method),
      headers: Object.fromEntries(wanted.headers),
      ...(body.length > 0 ? { body } : {}),
      limits,
      signal: wanted.signal,
      accept: 'any',
    });
    const content = NO_BODY.has(answer.status) ? null : new Uint8Array(answer.body);
    return new Response(content, { status: answer.status, headers: answer.headers });
  };
}

function methodOf(method: string): 'GET' | 'HEAD' | 'POST' {
  if (method === 'GET' || method === 'HEAD' || method === 'POST') return method;
  throw new TypeError(`method ${method} is not supported`);
}
