import type { IncomingMessage, ServerResponse } from 'node:http';

/** Body of a request; more than `limit` bytes is an error, as a server would refuse it. */
export async function readBody(request: IncomingMessage, limit = 4 * 1024 * 1024): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new Error(`request body over ${limit} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

export function send(
  response: ServerResponse,
  status: number,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': String(bytes.length), ...headers });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}

export function sendJson(response: ServerResponse, status: number, json: string): void {
  send(response, status, json, { 'content-type': 'application/json' });
}

/** As if the machine went away: the connection is reset without an answer. */
export function reset(response: ServerResponse): void {
  response.socket?.destroy();
}
