import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHash } from 'node:crypto';
import type { BuiltRelease, Fault, Host, View } from '../types.ts';
import { bytesBody, withByteFlipped, withTail, type Body } from './body.ts';
import { sendBody, sendWithoutEnd, type Delivery, type Link } from './send-body.ts';
import type { Published } from './published.ts';

export const DOWNLOAD_HOSTS = ['download.dfinity.systems', 'download.dfinity.network'];

type CdnFault = Extract<Fault, { at: 'cdn' }>;

const PATH = /^\/ic\/([0-9a-f]{40})\/(.+)$/;
const PAGE = '<!DOCTYPE html><html><head><title>Sorry</title></head><body>Come back later.</body></html>\n';

interface CdnOptions {
  published: Published;
  releases: Iterable<BuiltRelease>;
  bytesPerSecond: number | undefined;
}

/** The two download hosts. Both carry every release that is published. */
export function createCdn({ published, releases, bytesPerSecond }: CdnOptions): Host[] {
  const link = bytesPerSecond === undefined ? undefined : lineOf(bytesPerSecond);
  const byCommit = new Map([...releases].map((release) => [release.commit, release]));
  return DOWNLOAD_HOSTS.map((host) => ({
    names: [host],
    handle: (request, response, view) => {
      const { pathname } = new URL(request.url ?? '/', `https://${host}`);
      const [, commit = '', file = ''] = PATH.exec(pathname) ?? [];
      const fault = takeFault(view, host, file, request.method === 'HEAD');
      const release = byCommit.get(commit);
      const body = release && release.published !== false ? published.file(release, file) : undefined;
      if (request.method !== 'GET' && request.method !== 'HEAD') refuse(response, 405, 'Method Not Allowed\n');
      else if (fault === undefined) answer(request, response, body, { key: `${commit}/${file}`, link });
      else strike(fault, request, response, body, { key: `${commit}/${file}`, link });
    },
  }));
}

/** A HEAD must not use up a fault that is counted and concerns the body. */
function takeFault(view: View, host: string, file: string, isHead: boolean): CdnFault['fault'] | undefined {
  const matches = (fault: CdnFault): boolean =>
    fault.file === file &&
    (fault.hosts ?? DOWNLOAD_HOSTS).includes(host) &&
    (!isHead || (fault.times ?? fault.after) === undefined || STATUS_FAULTS.has(fault.fault));
  return view.take('cdn', matches)?.fault;
}

const STATUS_FAULTS = new Set<unknown>(['not-found', 'gone', 'http-500', 'http-429']);

interface Served {
  key: string;
  link: Link | undefined;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  body: Body | undefined,
  { key, link }: Served,
  delivery: Delivery = { kind: 'whole' },
): void {
  if (!body) {
    refuse(response, 404, '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code></Error>\n');
    return;
  }
  const etag = `"${createHash('md5').update(`${key} ${body.size}`).digest('hex')}"`;
  const type = key.endsWith('.json') ? 'application/json' : 'binary/octet-stream';
  sendBody(request, response, { body, etag, type, delivery, link });
}

function strike(
  fault: CdnFault['fault'],
  request: IncomingMessage,
  response: ServerResponse,
  body: Body | undefined,
  served: Served,
): void {
  const size = body?.size ?? 0;
  const altered = { ...served, key: `${served.key} altered` };
  const give = (other: Body | undefined): void => answer(request, response, other, altered);
  const breakOff = (kind: Delivery['kind'], at: number): void => answer(request, response, body, served, { kind, at });
  if (typeof fault === 'object') {
    if ('redirect' in fault) response.writeHead(302, { location: fault.redirect, 'content-length': '0' }).end();
    else give(bytesBody(Buffer.from(fault.text)));
    return;
  }
  const strikes: Record<Exclude<CdnFault['fault'], object>, () => void> = {
    'flip-byte': () => give(body && withByteFlipped(body, !served.key.endsWith('.zst'))),
    'over-long': () => give(body && withTail(body, Buffer.alloc(1024 * 1024, 'x'))),
    empty: () => give(bytesBody(Buffer.alloc(0))),
    html: () => {
      response.setHeader('content-type', 'text/html');
      give(bytesBody(Buffer.from(PAGE)));
    },
    truncate: () => breakOff('cut', Math.floor(size / 2)),
    'cut-at-90': () => breakOff(request.headers.range === undefined ? 'cut' : 'whole', Math.floor(size * 0.9)),
    stall: () => breakOff('stall', Math.floor(size / 2)),
    slow: () => answer(request, response, body, { ...served, link: lineOf(Math.ceil(size / SLOW_SECONDS)) }),
    crawl: () => answer(request, response, body, { ...served, link: lineOf(Math.ceil(size / CRAWL_SECONDS)) }),
    'same-tag': () => answer(request, response, body && withByteFlipped(body, !served.key.endsWith('.zst')), served),
    endless: () => void sendWithoutEnd(response),
    'not-found': () => refuse(response, 404, 'Not Found\n'),
    gone: () => refuse(response, 410, 'Gone\n'),
    'http-500': () => refuse(response, 500, 'Internal Server Error\n'),
    'http-429': () => {
      response.setHeader('retry-after', '1');
      refuse(response, 429, 'Too Many Requests\n');
    },
  };
  strikes[fault]();
}

/** A slow transfer goes on all the time, in small steps, and takes this long whatever its size. */
const SLOW_SECONDS = 5;
const CRAWL_SECONDS = 1800;

function lineOf(bytesPerSecond: number): Link {
  return { bytesPerSecond, freeAt: 0 };
}

function refuse(response: ServerResponse, status: number, text: string): void {
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'text/plain');
  response.writeHead(status, { 'content-length': String(Buffer.byteLength(text)) });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}
