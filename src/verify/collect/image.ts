import { rm, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asWatchError, WatchError } from '../../domain/errors.ts';
import type { Evidence, FileHash, Observation } from '../../domain/evidence.ts';
import type { CommitId, Sha256 } from '../../domain/ids.ts';
import type { CollectContext, Collector } from '../../domain/ports.ts';
import { allowedUrl } from '../../platform/address.ts';
import { download, validatorOf, type Downloaded, type DownloadDeps } from '../../platform/download.ts';
import { hashFile, openRegularFile, writeFileAtomic } from '../../platform/files.ts';
import type { Http } from '../../platform/http.ts';
import { createLimiter } from '../../platform/limiter.ts';
import { parseValidator } from '../../platform/part-file.ts';
import { withRetry } from '../../platform/retry.ts';
import { unavailableFrom } from './answer.ts';
import { cachedPath, type DownloadCache } from './download-cache.ts';
import { expectedHashes } from './expected-hashes.ts';

export interface ImageDeps extends DownloadDeps {
  readonly http: Http;
  readonly cache: DownloadCache;
}

/** Images have some 2 GiB; the largest, SetupOS, less than 4. */
const MAX_BYTES = 8 * 1024 ** 3;
const AT_ONCE = 4;
const HEAD_LIMITS = { bytes: 0, redirects: 3, totalMs: 60_000 };

/** One look at one URL. */
interface Look {
  readonly url: string;
  /** Directory of the commit, and the file's place in it. */
  readonly directory: string;
  readonly file: string;
  readonly expected: ReadonlySet<Sha256>;
  readonly context: CollectContext;
}

/** Hashes the bytes at one URL. They are never unpacked, and nobody but this file reads them. */
export function createImageCollector(deps: ImageDeps): Collector<'image'> {
  // A run has places of its own: one whose servers trickle keeps no other waiting.
  const ofRun = new WeakMap<Evidence, ReturnType<typeof createLimiter>>();
  return {
    kind: 'image',
    collect: async ({ subject: url }, context) => {
      try {
        allowedUrl(url);
        const { commit } = context;
        if (commit === null) throw new WatchError('input', 'commit-unknown', `${url} belongs to no known release`);
        const expected = await expectedHashes(url, commit, context);
        const limited = ofRun.get(context.evidence) ?? createLimiter(AT_ONCE);
        ofRun.set(context.evidence, limited);
        return await limited(() => inCache(deps, { url, commit, expected, context }));
      } catch (thrown) {
        return unavailableFrom(thrown, url, deps.clock.now());
      }
    },
  };
}

function inCache(
  deps: ImageDeps,
  { url, commit, expected, context }: Pick<Look, 'url' | 'expected' | 'context'> & { commit: CommitId },
): Promise<Observation<FileHash>> {
  return deps.cache.use(commit, async (directory) => {
    const look = { url, directory, file: cachedPath(url, commit), expected, context };
    const kept = await keptCopy(deps, look);
    if (kept) return observed(deps, kept, `${url} (kept copy of the same ETag and length, hashed again)`);
    const first = await fetchWhole(deps, look, false);
    return isDoubtful(first, expected) ? lookTwice(deps, look, first) : observed(deps, first, url);
  });
}

/** Complete bytes that are not what somebody says they are. Where nobody says anything, nothing can surprise. */
function surprises({ sha256 }: FileHash, expected: ReadonlySet<Sha256>): boolean {
  return [...expected].some((hash) => hash !== sha256);
}

/** What nobody vouches for may have been cut where the answer does not tell its end. */
function isDoubtful(file: Fetched, expected: ReadonlySet<Sha256>): boolean {
  return surprises(file, expected) || (expected.size === 0 && !file.delimited);
}

/** A wrong hash accuses somebody, so it is only told of bytes that came twice, the second time from the start. */
async function lookTwice(deps: ImageDeps, look: Look, first: Fetched): Promise<Observation<FileHash>> {
  const second = await fetchWhole(deps, look, true).catch((thrown: unknown) => {
    const { kind, code, message } = asWatchError(thrown);
    throw new WatchError(kind, code, `${message} (fetched again since ${first.sha256} had come)`, { cause: thrown });
  });
  if (!second.delimited && first.sha256 !== second.sha256 && isDoubtful(second, look.expected)) {
    throw new WatchError('transport', 'short-body', `${look.url} does not tell where it ends, and ended in two places`);
  }
  const before = first.sha256 === second.sha256 ? 'the same' : `${first.sha256} the first time`;
  return observed(deps, second, `${look.url} (fetched twice: ${before})`);
}

type Fetched = Pick<Downloaded, 'sha256' | 'bytes' | 'delimited'>;

async function fetchWhole(deps: ImageDeps, look: Look, afresh: boolean): Promise<Fetched> {
  const { url, directory, file, context } = look;
  const path = join(directory, file);
  const { validator, ...fetched } = await download(deps, {
    url,
    path,
    maxBytes: MAX_BYTES,
    afresh,
    signal: context.signal,
    onProgress: (received, total, done) => context.progress({ type: 'download', url, received, total, done }),
  });
  if (validator) await writeFileAtomic(keptBeside(path), JSON.stringify(validator));
  else await rm(keptBeside(path), { force: true });
  return fetched;
}

/** The copy of an earlier run, if the server still shows the same file and its bytes are what everybody says. */
async function keptCopy(deps: ImageDeps, { url, directory, file, expected, context }: Look): Promise<FileHash | null> {
  if (expected.size === 0) return null;
  const kept = parseValidator(await readFile(keptBeside(join(directory, file)), 'utf8').catch(() => ''));
  if (kept?.url !== url) return null;
  const { signal } = context;
  const asking = withRetry(() => deps.http.request({ url, method: 'HEAD', limits: HEAD_LIMITS, signal }), deps, signal);
  const head = await asking.catch(() => null);
  const now = head && validatorOf(url, head);
  if (now?.etag !== kept.etag || now.length !== kept.length) return null;
  const hash = await hashKept(directory, file);
  if (!hash || hash.bytes !== kept.length || surprises(hash, expected)) return null;
  context.progress({ type: 'download', url, received: hash.bytes, total: hash.bytes, done: true });
  return hash;
}

async function hashKept(directory: string, file: string): Promise<FileHash | null> {
  const opened = await openRegularFile(directory, file);
  if (!opened.opened) return null;
  try {
    return await hashFile(opened.handle, MAX_BYTES);
  } finally {
    await opened.handle.close();
  }
}

function keptBeside(path: string): string {
  return `${path}.kept`;
}

function observed(deps: ImageDeps, { sha256, bytes }: FileHash, source: string): Observation<FileHash> {
  return { status: 'observed', value: { sha256, bytes }, source, observedAt: deps.clock.now() };
}
