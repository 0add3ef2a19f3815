import { stat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { asWatchError, WatchError } from '../../domain/errors.ts';
import type { Evidence, FileHash, Observation } from '../../domain/evidence.ts';
import type { CommitId, Sha256 } from '../../domain/ids.ts';
import type { CollectContext, Collector } from '../../domain/ports.ts';
import { allowedUrl } from '../../platform/address.ts';
import { Deadline, wholeTransferMs } from '../../platform/deadline.ts';
import { download, type Downloaded, type DownloadDeps } from '../../platform/download.ts';
import type { Http } from '../../platform/http.ts';
import { createLimiter } from '../../platform/limiter.ts';
import { unavailableFrom } from './http-answer.ts';
import { cachedPath, type DownloadCache } from './download-cache.ts';
import { isProposed, saidFile, sumsBeside } from './expected-hashes.ts';
import { FileLengths } from './file-lengths.ts';

export interface ImageDeps extends DownloadDeps {
  readonly http: Http;
  readonly cache: DownloadCache;
  readonly stallTimeoutMs: number;
}

/** Images have some 2 GiB; the largest, SetupOS, less than 4. */
const MAX_BYTES = 8 * 1024 ** 3;
/** Of each host. The proposal's own URLs need no place: there are few, and one that trickles must not keep another. */
const AT_ONCE = 2;
/** So long the list beside an image may come after it, before the image is fetched again instead. */
const LIST_LATE_MS = 5_000;

export interface ImageCollector extends Collector<'image'> {
  /** Where bytes of this hash lie that the run of this evidence has fetched; undefined: nowhere. */
  readonly storedImage: (evidence: Evidence, sha256: Sha256) => string | undefined;
}

/** What the looks of one run share. */
interface ImageRun {
  /** Places by host. */
  readonly places: Map<string, ReturnType<typeof createLimiter>>;
  readonly lengths: FileLengths;
  /** Where bytes of this hash lie. */
  readonly stored: Map<Sha256, string>;
}

/** One look at one URL. */
interface ImageRequest {
  readonly url: string;
  readonly commit: CommitId;
  readonly path: string;
  readonly context: CollectContext;
  readonly run: ImageRun;
  /** Of everything that is done for this URL. */
  readonly deadline: Deadline;
}

/**
 * Hashes the bytes that one URL serves now: they are fetched in every run, since only the server itself would say that
 * they are those of an earlier one. They stay on disk to be compared by people, and are unpacked only in
 * a process that holds nothing (see images/image-process.ts).
 */
export function createImageCollector(deps: ImageDeps): ImageCollector {
  const runs = new WeakMap<Evidence, ImageRun>();
  return {
    storedImage: (evidence, sha256) => runs.get(evidence)?.stored.get(sha256),
    kind: 'image',
    collect: async ({ subject: url }, context) => {
      try {
        const { hostname } = allowedUrl(url);
        const { commit, evidence } = context;
        if (commit === null) throw new WatchError('input', 'commit-unknown', `${url} belongs to no known release`);
        const run = runs.get(evidence) ?? newRun(evidence);
        runs.set(evidence, run);
        const fetched = (): Promise<Observation<FileHash>> => inCache(deps, { url, commit, context, run });
        if (isProposed(url, evidence)) return await fetched();
        const limited = run.places.get(hostname) ?? createLimiter(AT_ONCE);
        run.places.set(hostname, limited);
        return await limited(fetched);
      } catch (thrown) {
        return unavailableFrom(thrown, url, deps.clock.now());
      }
    },
  };
}

function newRun(evidence: Evidence): ImageRun {
  return { places: new Map(), lengths: new FileLengths(evidence), stored: new Map() };
}

function inCache(deps: ImageDeps, given: Omit<ImageRequest, 'path' | 'deadline'>): Promise<Observation<FileHash>> {
  const { url, commit, context } = given;
  return deps.cache.use(commit, async (directory) => {
    const deadline = new Deadline(wholeTransferMs(deps.stallTimeoutMs, MAX_BYTES), url, context.signal);
    try {
      const request = { ...given, path: join(directory, cachedPath(url, commit)), deadline };
      const sums = sumsBeside(url, commit);
      const listed = sums ? context.observe(sums) : Promise.resolve();
      const first = await fetchWhole(deps, request);
      const known = await isSettled(listed, deps, deadline.signal);
      const again = !known || isDoubtful(first, expectedOf(request));
      const seen = again ? await readTwice(deps, request, first) : observed(deps, first, url);
      if (seen.status === 'observed') await storeOnce(request, seen.value.sha256);
      return seen;
    } finally {
      deadline.end();
    }
  });
}

/** Nobody else's slowness keeps back what came from here. */
async function isSettled(work: Promise<unknown>, { clock }: ImageDeps, signal: AbortSignal): Promise<boolean> {
  const enough = new AbortController();
  const settled = work.then(() => true);
  const late = clock.sleep(LIST_LATE_MS, AbortSignal.any([signal, enough.signal])).then(() => false);
  return Promise.race([settled, late]).finally(() => enough.abort());
}

function expectedOf({ url, commit, context }: ImageRequest): ReadonlySet<Sha256> {
  return saidFile(url, commit, context.evidence).expected;
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
async function readTwice(deps: ImageDeps, request: ImageRequest, first: Fetched): Promise<Observation<FileHash>> {
  const second = await fetchWhole(deps, request).catch((thrown: unknown) => {
    const { kind, code, message } = asWatchError(thrown);
    throw new WatchError(kind, code, `${message} (fetched again, because the first fetch gave ${first.sha256})`, {
      cause: thrown,
    });
  });
  if (!second.delimited && first.sha256 !== second.sha256 && isDoubtful(second, expectedOf(request))) {
    throw new WatchError(
      'transport',
      'short-body',
      `${request.url} does not announce its length, and ended in two different places`,
    );
  }
  const before = first.sha256 === second.sha256 ? 'the same' : `${first.sha256} the first time`;
  return observed(deps, second, `${request.url} (fetched twice: ${before})`);
}

type Fetched = Pick<Downloaded, 'sha256' | 'bytes' | 'delimited'>;

function fetchWhole(deps: ImageDeps, request: ImageRequest): Promise<Fetched> {
  const { url, path, commit, context, run, deadline } = request;
  return download(deps, {
    url,
    path,
    maxBytes: MAX_BYTES,
    deadline,
    mostBytes: (declared) => {
      const file = saidFile(url, commit, context.evidence);
      if (declared !== null) run.lengths.announce(url, file, declared);
      const length = run.lengths.certain(file) ?? declared;
      if (length !== null) deadline.atMost(wholeTransferMs(deps.stallTimeoutMs, length));
      return run.lengths.most(url, file, declared);
    },
    onProgress: (received, total, done) => context.progress({ type: 'download', url, received, total, done }),
  });
}

/** Sources that gave the same bytes share one copy, the first that lay there whole. */
async function storeOnce({ run: { stored }, path }: ImageRequest, hash: Sha256): Promise<void> {
  const other = stored.get(hash);
  if (other === undefined || !(await stat(other).catch(() => null))) stored.set(hash, path);
  else if (other !== path) await rm(path, { force: true });
}

function observed(deps: ImageDeps, { sha256, bytes }: FileHash, source: string): Observation<FileHash> {
  return { status: 'observed', value: { sha256, bytes }, source, observedAt: deps.clock.now() };
}
