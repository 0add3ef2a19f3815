import { asWatchError, isOurs, WatchError } from '../../domain/errors.ts';
import type { Sha256 } from '../../domain/ids.ts';
import type { HttpResponse } from '../../platform/http.ts';
import { parseRetryAfter, statusError } from '../../platform/http-agent.ts';
import { Deadline, wholeTransferMs } from '../../platform/deadline.ts';
import { createLimiter } from '../../platform/limiter.ts';
import { withRetry } from '../../platform/retry.ts';
import { parseJson } from '../measurements-file.ts';
import { decodeSnappy } from '../sigstore/snappy-block.ts';
import { getFresh, type WebDeps } from './http-answer.ts';

export interface ListDeps extends WebDeps {
  /** Raises the hourly limit of questions; goes to GitHub's API and nowhere else. */
  readonly githubToken: string | null;
}

const API = 'https://api.github.com';
const MAX_PAGES = 5;
const PAGE_LIMITS = { bytes: 16 * 1024 * 1024, redirects: 2, totalMs: null };
const MAX_BUNDLE_BYTES = 1024 * 1024;
const BUNDLES_AT_ONCE = 4;
/** Answers that a token can get where nobody in particular would get another. */
const TOKEN_REFUSALS = new Set([401, 403, 404, 429]);
/** What stores say of an address that was signed for a while; some take it for a bad request. */
const RUN_OUT = new Set(['http-400', 'http-401', 'http-403', 'http-404', 'http-410']);

/** Where GitHub lists the attestations of a digest. */
export function attestationsUrl(digest: Sha256): string {
  return `${API}/repos/dfinity/ic/attestations/sha256:${digest}`;
}

/** What came of a list that others write, entry by entry. */
export interface AttestationList {
  /** JSON values of any kind; undefined for one that cannot be read. */
  readonly bundles: readonly unknown[];
  /** Entries and pages that are out of reach, one reason each: what they hold is not known. */
  readonly unread: readonly WatchError[];
  /** GitHub did not take our token. Everybody may ask, so that it was asked without. */
  readonly tokenRefused: number | null;
}

/**
 * The bundles that GitHub lists for a digest. What is out of reach is told beside the others. Throws where nothing of
 * the list could be read at all.
 * @see https://docs.github.com/en/rest/repos/attestations
 */
export async function listAttestations(deps: ListDeps, digest: Sha256, signal: AbortSignal): Promise<AttestationList> {
  // Pages and bundles are as many as somebody attested: one bound on all of them, with all their tries.
  const totalMs = wholeTransferMs(deps.stallTimeoutMs, PAGE_LIMITS.bytes);
  const whole = new Deadline(totalMs, `the attestations of ${digest}`, signal);
  try {
    const first = await readList(deps, digest, whole.signal);
    // The addresses of bundles run out; the list gives fresh ones.
    const ranOut = first.unread.some(({ code }) => RUN_OUT.has(code));
    const list = ranOut ? await readList(deps, digest, whole.signal) : first;
    const [failure] = list.unread;
    if (failure && list.bundles.length === 0) throw failure;
    return list;
  } finally {
    whole.end();
  }
}

async function readList(deps: ListDeps, digest: Sha256, signal: AbortSignal): Promise<AttestationList> {
  const limited = createLimiter(BUNDLES_AT_ONCE);
  const bundles: unknown[] = [];
  const unread: WatchError[] = [];
  let tokenRefused: number | null = null;
  let url: string | null = `${attestationsUrl(digest)}?per_page=100`;
  try {
    for (let page = 1; url !== null; page += 1) {
      if (page > MAX_PAGES)
        throw new WatchError('limit', 'too-many-pages', `GitHub lists more than ${MAX_PAGES} pages`);
      const { answer, refused } = await ask(deps, url, signal);
      tokenRefused ??= refused;
      if (answer.status === 404 && page === 1) break;
      const read = entriesOf(answer).map((entry) => limited(() => bundleOf(deps, entry, signal)));
      for (const settled of await Promise.allSettled(read)) {
        if (settled.status === 'fulfilled') bundles.push(settled.value);
        else unread.push(outOfReach(settled.reason));
      }
      url = nextPage(answer);
    }
  } catch (thrown) {
    unread.push(outOfReach(thrown));
  }
  return { bundles, unread, tokenRefused };
}

/** What fails on this machine, a part that cannot be loaded or a full disk, is about it, and about no bundle. */
function outOfReach(thrown: unknown): WatchError {
  const error = asWatchError(thrown);
  if (error.kind === 'bug' || isOurs(thrown)) throw error;
  return error;
}

interface Asked {
  readonly answer: HttpResponse;
  readonly refused: number | null;
}

function ask(
  { http, githubToken, stallTimeoutMs, ...retry }: ListDeps,
  url: string,
  outer: AbortSignal,
): Promise<Asked> {
  const headers = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };
  const request = (more: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpResponse> =>
    http.request({ url, headers: { ...headers, ...more }, limits: PAGE_LIMITS, signal, accept: 'any' });
  const once = async (signal: AbortSignal): Promise<Asked> => {
    const first = await request(githubToken === null ? {} : { authorization: `Bearer ${githubToken}` }, signal);
    const mayBeToken = githubToken !== null && TOKEN_REFUSALS.has(first.status);
    const answer = mayBeToken ? await request({}, signal) : first;
    if (!answer.url.startsWith(`${API}/`)) {
      throw new WatchError('rejected', 'answered-elsewhere', `${url} was answered by ${answer.url}`);
    }
    if (answer.status !== 200 && answer.status !== 404) throw refusal(answer, retry.clock.now());
    // Where both say the same, it was no matter of the token; GitHub says 401 of nothing else.
    const refused = mayBeToken && (first.status === 401 || first.status !== answer.status) ? first.status : null;
    return { answer, refused };
  };
  const totalMs = wholeTransferMs(stallTimeoutMs, PAGE_LIMITS.bytes);
  return withRetry(once, retry, { totalMs, what: url, signal: outer });
}

/**
 * GitHub says 403 as well as 429 for too many questions. Every answer tells when the limit is reset, that of a server in
 * trouble too: only where nothing is left of it is that a time to wait.
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
function refusal({ status, url, headers }: HttpResponse, now: number): WatchError {
  const { 'retry-after': after, 'x-ratelimit-reset': reset, 'x-ratelimit-remaining': left = '0' } = headers;
  const asked = parseRetryAfter(after, now);
  if (status !== 403 && status !== 429) return statusError(status, url, asked);
  const untilReset = reset === undefined || left !== '0' ? undefined : Math.max(0, Number(reset) - now / 1000);
  const retryAfter = asked ?? untilReset;
  const message = `${API} accepts no more requests for now (${status})`;
  return new WatchError('transport', 'rate-limited', message, retryAfter === undefined ? {} : { retryAfter });
}

interface Entry {
  readonly bundle?: unknown;
  readonly bundle_url?: unknown;
}

function entriesOf({ status, url, body }: HttpResponse): readonly (Entry | null)[] {
  const list = (parseJson(body) as { attestations?: unknown } | null | undefined)?.attestations;
  if (status !== 200 || !Array.isArray(list)) {
    throw new WatchError('malformed', 'attestations-unreadable', `${url} did not return a list of attestations`);
  }
  return list as (Entry | null)[];
}

/** The bundle itself, or what lies where the entry says, compressed as a rule. */
async function bundleOf(deps: ListDeps, entry: Entry | null, signal: AbortSignal): Promise<unknown> {
  const { bundle, bundle_url: url } = typeof entry === 'object' && entry !== null ? entry : {};
  if (bundle !== null && bundle !== undefined) return bundle;
  if (typeof url !== 'string') return undefined;
  const { body } = await getFresh(deps, url, MAX_BUNDLE_BYTES, { signal });
  return parseJson(await unpacked(body));
}

/** As a rule it is compressed; what is no Snappy block is taken as it is. */
async function unpacked(body: Uint8Array): Promise<Uint8Array> {
  try {
    return await decodeSnappy(body, MAX_BUNDLE_BYTES);
  } catch (thrown) {
    if (asWatchError(thrown).kind !== 'malformed') throw thrown;
    return body;
  }
}

/** The next page by the Link header (RFC 8288), on the same host only: the token goes with the question. */
function nextPage({ headers }: HttpResponse): string | null {
  const next = /<([^<>]*)>\s*;\s*rel="?next"?/.exec(headers['link'] ?? '')?.[1];
  if (next === undefined) return null;
  if (next.startsWith(`${API}/`)) return next;
  throw new WatchError('rejected', 'next-page-elsewhere', `GitHub names a next page on another host`);
}
