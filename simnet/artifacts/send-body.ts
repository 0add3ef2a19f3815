import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { CHUNK_BYTES, type Body } from './body.ts';

/** How far a body gets: to its end, or to the byte `at`, where the connection breaks or falls silent. */
export interface Delivery {
  kind: 'whole' | 'cut' | 'stall';
  at?: number;
}

/** A line of limited speed, which everything that goes over it shares. */
export interface Link {
  bytesPerSecond: number;
  /** When it is free again, as `performance.now()` has it. */
  freeAt: number;
}

interface Entity {
  body: Body;
  /** Strong, with its quotes. */
  etag: string;
  type: string;
  delivery: Delivery;
  /** How fast it may go; undefined: as fast as it is read. */
  link: Link | undefined;
}

interface Range {
  start: number;
  /** Exclusive. */
  end: number;
}

const LAST_MODIFIED = 'Fri, 18 Sep 2026 06:00:00 GMT';

/** Answers GET and HEAD with validators and single ranges (RFC 9110, sections 13 and 14). */
export function sendBody(request: IncomingMessage, response: ServerResponse, entity: Entity): void {
  const { body, etag } = entity;
  response.setHeader('accept-ranges', 'bytes');
  response.setHeader('etag', etag);
  response.setHeader('last-modified', LAST_MODIFIED);
  if (!response.hasHeader('content-type')) response.setHeader('content-type', entity.type);
  if (request.headers['if-none-match']?.includes(etag)) {
    response.writeHead(304).end();
    return;
  }
  const range = request.method === 'GET' ? wantedRange(request, entity) : undefined;
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'content-range': `bytes */${body.size}`, 'content-length': '0' }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: body.size };
  if (range) response.setHeader('content-range', `bytes ${start}-${end - 1}/${body.size}`);
  response.writeHead(range ? 206 : 200, { 'content-length': String(end - start) });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  response.flushHeaders();
  void stream(response, entity, { start, end });
}

function wantedRange(request: IncomingMessage, { body, etag }: Entity): Range | 'unsatisfiable' | undefined {
  const condition = request.headers['if-range'];
  if (condition !== undefined && condition !== etag && condition !== LAST_MODIFIED) return undefined;
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, body.size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? body.size : Math.min(body.size, Number(last) + 1);
  return start < end ? { start, end } : 'unsatisfiable';
}

/** Writes no faster than the client reads, and no faster than the wanted rate. */
async function stream(response: ServerResponse, entity: Entity, { start, end }: Range): Promise<void> {
  const { body, delivery, link } = entity;
  const stop = delivery.kind === 'whole' ? end : Math.max(start, Math.min(end, delivery.at ?? end));
  const step = link === undefined ? CHUNK_BYTES : Math.min(CHUNK_BYTES, Math.ceil(link.bytesPerSecond / 20));
  const closed = new AbortController();
  response.on('close', () => closed.abort());
  try {
    for (let at = start; at < stop; at += step) {
      const chunk = body.read(at, Math.min(stop, at + step));
      const early = link === undefined ? 0 : take(link, chunk.length) - performance.now();
      if (early > 1) await sleep(early, undefined, { signal: closed.signal });
      if (!response.write(chunk)) await once(response, 'drain', { signal: closed.signal });
    }
  } catch {
    return; // The client went away.
  }
  if (delivery.kind === 'whole') response.end();
  else if (delivery.kind === 'cut') breakOff(response);
}

/** Writes as fast as the client reads, for as long as it does. */
export async function sendWithoutEnd(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'binary/octet-stream' });
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const closed = new AbortController();
  response.on('close', () => closed.abort());
  try {
    while (!closed.signal.aborted) if (!response.write(chunk)) await once(response, 'drain', { signal: closed.signal });
  } catch {
    // The client went away, as it should.
  }
}

/** Gives the time at which these bytes have gone over the line. A line that lies idle saves nothing up. */
function take(link: Link, bytes: number): number {
  link.freeAt = Math.max(link.freeAt, performance.now()) + (bytes / link.bytesPerSecond) * 1000;
  return link.freeAt;
}

/** Lets what was written reach the client, so that a test sees the length that was meant. */
function breakOff(response: ServerResponse): void {
  response.socket?.end(() => response.socket?.destroy());
}
