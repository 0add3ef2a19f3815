import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asWatchError, WatchError } from '../../domain/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import { loadPart } from '../../platform/load-part.ts';
import { routeGlobalFetch, type AgentOptions } from '../../platform/http-agent.ts';

/** Whom signatures may come from: a Sigstore `trusted_root.json`, parsed. */
export interface TrustedRootSource {
  current: () => Promise<unknown>;
  /** A newer root, which becomes the current one, or why none could be had; null where the operator's is the only one. */
  refresh: () => Promise<Refreshed | null>;
}

export type Refreshed =
  { readonly status: 'fresh'; readonly root: unknown } | { readonly status: 'failed'; readonly why: string };

export interface TrustedRootDeps {
  /** The operator's own root; null for Sigstore's public-good one. */
  readonly file: string | null;
  /** Where the update framework keeps its signed metadata. */
  readonly tufDir: string;
  readonly clock: Pick<Clock, 'now'>;
  /** The way to the update server. */
  readonly way: AgentOptions;
  /** Fetches the root by TUF: `fetchPublicRoot` outside of tests. */
  readonly fetchRoot?: (tufDir: string, way: AgentOptions) => Promise<unknown>;
  /** Most milliseconds of a refresh. Default: two minutes. */
  readonly wholeMs?: number;
}

/** Roots change a few times a year; asking more often only helps those who send us bad bundles. */
const REFRESH_EVERY_MS = 10 * 60_000;
/** That nobody could be asked is not known for so long. */
const FAILED_FOR_MS = 60_000;
const TUF_TIMEOUT_MS = 15_000;
/** For all files and tries together: the server says how many roots there are between the seed and today. */
const TUF_WHOLE_MS = 120_000;

/** The operator's root is used as it is; the public one starts from the bundled copy and is refreshed on demand. */
export function createTrustedRootSource(deps: TrustedRootDeps): TrustedRootSource {
  const { file, tufDir, clock, way, fetchRoot = fetchPublicRoot, wholeMs = TUF_WHOLE_MS } = deps;
  if (file !== null) return { current: () => readRoot(file), refresh: async () => null };
  let current: unknown = null;
  let last: { readonly at: number; readonly refreshed: Promise<Refreshed>; holdsMs: number } | null = null;
  return {
    current: async () => (current ??= await bundledRoot()),
    refresh: () => {
      if (last && Math.abs(clock.now() - last.at) < last.holdsMs) return last.refreshed;
      // No way to the update server is no reason to trust anyone else, nor anyone less, than before.
      const refreshed = within(
        wholeMs,
        fetchAnew(tufDir, (directory) => fetchRoot(directory, way)),
      ).then(
        (root): Refreshed => ({ status: 'fresh', root: (current = root) }),
        (thrown: unknown): Refreshed => ({ status: 'failed', why: whyOf(thrown) }),
      );
      const asked = (last = { at: clock.now(), refreshed, holdsMs: REFRESH_EVERY_MS });
      void refreshed.then(({ status }) => {
        if (status === 'failed') asked.holdsMs = FAILED_FOR_MS;
      });
      return refreshed;
    },
  };
}

/**
 * What an earlier run kept may be damaged, and its directory closed to us: that must not keep us from the newest root.
 * The second try starts from the seed, in a directory of its own.
 */
async function fetchAnew(tufDir: string, fetchRoot: (tufDir: string) => Promise<unknown>): Promise<unknown> {
  try {
    return await fetchRoot(tufDir);
  } catch (first) {
    if (asWatchError(first).kind === 'host') throw first;
    const scratch = await mkdtemp(join(tmpdir(), 'nns-watch-sigstore-'));
    try {
      const root = await fetchRoot(scratch);
      // What was kept is of no use. Where it cannot be removed, the next time is as slow as this one.
      await rm(tufDir, { recursive: true, force: true }).catch(() => undefined);
      return root;
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
}

function whyOf(thrown: unknown): string {
  return (asWatchError(thrown).message.split('\n', 1)[0] ?? '').slice(0, 200);
}

/** The client knows no signal: what it still does after that is its own, and what it gives nobody's. */
function within<T>(totalMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new WatchError('transport', 'root-out-of-time', 'no root in time')), totalMs);
    work.then(resolve, reject).finally(() => clearTimeout(late));
  });
}

async function readRoot(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch (thrown) {
    throw new WatchError('input', 'trusted-root-unreadable', `${file} is not a trusted root`, { cause: thrown });
  }
}

/** The public-good root that the update client carries as its seed. */
async function bundledRoot(): Promise<unknown> {
  const [{ default: seeds }, { DEFAULT_MIRROR_URL }] = await Promise.all([
    loadPart('@sigstore/tuf', () => import('@sigstore/tuf/seeds.json', { with: { type: 'json' } })),
    loadPart('@sigstore/tuf', () => import('@sigstore/tuf')),
  ]);
  const { targets } = seeds[DEFAULT_MIRROR_URL as keyof typeof seeds];
  return JSON.parse(Buffer.from(targets['trusted_root.json'], 'base64').toString()) as unknown;
}

/**
 * The root as Sigstore's update repository has it now, verified from the seed on. The client takes no other `fetch` than
 * the global one, which nobody else uses here.
 * @see https://theupdateframework.github.io/specification/latest/
 */
async function fetchPublicRoot(tufDir: string, way: AgentOptions): Promise<unknown> {
  routeGlobalFetch(way);
  const [{ getTrustedRoot }, { TrustedRoot }] = await Promise.all([
    loadPart('@sigstore/tuf', () => import('@sigstore/tuf')),
    loadPart('@sigstore/protobuf-specs', () => import('@sigstore/protobuf-specs')),
  ]);
  return TrustedRoot.toJSON(await getTrustedRoot({ cachePath: tufDir, timeout: TUF_TIMEOUT_MS }));
}
