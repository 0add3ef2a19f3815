import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import snappy from 'snappy';
import type { BuiltRelease, Component, Host, View } from '../types.ts';
import type { AttestationFault, Attestations, Bundle } from './provenance.ts';
import type { Published } from './published.ts';
import { componentsOf } from './releases.ts';
import { PROVENANCE } from './sigstore.ts';

const LIST_PATH = /^\/repos\/dfinity\/ic\/attestations\/sha256:([0-9a-f]{64})$/;
const REPOSITORY_ID = 374_094_204;
const BLOB_HOST = 'tmaproduction.blob.core.windows.net';
const DEFAULT_PER_PAGE = 30;
const RATE_LIMIT = 60;
const HOUR_SECONDS = 3600;
/** In the address of a bundle whose signature is over. */
const RAN_OUT = 'se=2026-01-01T00%3A00%3A00Z';

interface Asked {
  component: Component;
  fault: AttestationFault | undefined;
}

/** api.github.com for attestations, and the store behind `bundle_url`. */
export function createGitHubApi(published: Published, attestations: Attestations, now: () => number): Host[] {
  const blobs = new Map<string, Buffer>();
  const store = async (bundle: Bundle, fault: AttestationFault): Promise<string> => {
    const bytes = Buffer.from(await snappy.compress(JSON.stringify(bundle)));
    const path = `/attestations/${REPOSITORY_ID}/${createHash('sha256').update(bytes).digest('hex')}.json.sn`;
    blobs.set(path, bytes);
    return `https://${BLOB_HOST}${path}?sp=r${fault === 'bundle-url-ran-out' ? `&${RAN_OUT}` : ''}`;
  };
  const api = async (request: IncomingMessage, response: ServerResponse, view: View): Promise<void> => {
    const url = new URL(request.url ?? '/', 'https://api.github.com');
    const digest = LIST_PATH.exec(url.pathname)?.[1];
    const asked = digest === undefined ? undefined : askedFor(published, view, digest);
    rateLimit(response, now(), asked?.fault === 'rate-limited' ? 0 : RATE_LIMIT - 1);
    const refusal = refusalOf(request, asked?.fault);
    if (refusal) {
      reply(response, refusal.status, { message: refusal.message });
      return;
    }
    const all = asked ? await attestations(view.release, asked.component, asked.fault) : [];
    const list = matchesPredicate(url) ? all : [];
    if (list.length === 0 && asked?.fault !== 'empty') {
      reply(response, 404, { message: 'Not Found' });
      return;
    }
    const page = paged(url, list, asked?.fault === 'one-of-three-good' ? 2 : DEFAULT_PER_PAGE);
    if (page.next) response.setHeader('link', `<${page.next}>; rel="next"`);
    const entries = page.items.map(async (bundle) => {
      const elsewhere = asked?.fault === 'bundle-url' || asked?.fault === 'bundle-url-ran-out' ? asked.fault : null;
      const content = elsewhere ? { bundle: null, bundle_url: await store(bundle, elsewhere) } : { bundle };
      return { ...content, repository_id: REPOSITORY_ID, initiator: 'user' };
    });
    reply(response, 200, { attestations: await Promise.all(entries) });
  };
  return [
    { names: ['api.github.com'], handle: api },
    { names: [BLOB_HOST], handle: (request, response) => serveBlob(blobs, request, response) },
  ];
}

/** Which SHA256SUMS of the view's release the digest means; of any other bytes there are no attestations. */
function askedFor(published: Published, view: View, digest: string): Asked | undefined {
  const release: BuiltRelease = view.release;
  if (release.published === false) return undefined;
  const component = componentsOf(release.layout).find(
    (one) => createHash('sha256').update(published.sums(release, one)).digest('hex') === digest,
  );
  if (!component) return undefined;
  const matches = (fault: { component?: Component }): boolean => (fault.component ?? component) === component;
  return { component, fault: view.take('attestations', matches)?.fault };
}

function refusalOf(request: IncomingMessage, fault: AttestationFault | undefined): Refusal | undefined {
  if (fault === 'down') return { status: 503, message: 'No server is currently available to service your request.' };
  if (fault === 'rate-limited') return { status: 403, message: 'API rate limit exceeded for 127.0.0.1.' };
  const refused = /^token-(\d{3})$/.exec(fault ?? '')?.[1];
  if (refused && request.headers.authorization) return { status: Number(refused), message: 'Bad credentials' };
  if (request.headers['user-agent']) return undefined;
  return { status: 403, message: 'Request forbidden by administrative rules. Please set a User-Agent header.' };
}

interface Refusal {
  status: number;
  message: string;
}

/** GitHub takes the short word as well as the whole type. */
function matchesPredicate(url: URL): boolean {
  const wanted = url.searchParams.get('predicate_type');
  return wanted === null || wanted === 'provenance' || wanted === PROVENANCE;
}

function paged<T>(url: URL, list: T[], mostPerPage: number): { items: T[]; next: string | undefined } {
  const asked = Number(url.searchParams.get('per_page') ?? mostPerPage);
  const perPage = Math.max(1, Math.min(asked || mostPerPage, mostPerPage));
  const start = Number(Buffer.from(url.searchParams.get('after') ?? '', 'base64url').toString()) || 0;
  const end = start + perPage;
  if (end >= list.length) return { items: list.slice(start), next: undefined };
  const next = new URL(url);
  next.searchParams.set('per_page', String(perPage));
  next.searchParams.set('after', Buffer.from(String(end)).toString('base64url'));
  return { items: list.slice(start, end), next: next.href };
}

function rateLimit(response: ServerResponse, now: number, remaining: number): void {
  response.setHeader('x-ratelimit-limit', RATE_LIMIT);
  response.setHeader('x-ratelimit-remaining', remaining);
  response.setHeader('x-ratelimit-used', RATE_LIMIT - remaining);
  response.setHeader('x-ratelimit-reset', Math.floor(now / 1000) + HOUR_SECONDS);
  response.setHeader('x-ratelimit-resource', 'core');
}

function reply(response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': bytes.length });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}

function serveBlob(blobs: Map<string, Buffer>, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', `https://${BLOB_HOST}`);
  const ranOut = url.search.endsWith(RAN_OUT);
  const bytes = ranOut ? undefined : blobs.get(url.pathname);
  if (bytes) response.writeHead(200, { 'content-type': 'application/x-snappy', 'content-length': bytes.length });
  else response.writeHead(ranOut ? 403 : 404, { 'content-length': 0 });
  response.end(bytes);
}
