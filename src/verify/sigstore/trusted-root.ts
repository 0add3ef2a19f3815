import { readFile } from 'node:fs/promises';
import { WatchError } from '../../domain/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import { routeGlobalFetch, type AgentOptions } from '../../platform/http-agent.ts';

/** Whom signatures may come from: a Sigstore `trusted_root.json`, parsed. */
export interface TrustedRootSource {
  current: () => Promise<unknown>;
  /** A newer root than the current one, which it then becomes; null where there is none to be had. */
  refresh: () => Promise<unknown>;
}

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
}

/** Roots change a few times a year; asking more often only helps those who send us bad bundles. */
const REFRESH_EVERY_MS = 10 * 60_000;
const TUF_TIMEOUT_MS = 15_000;

/** The operator's root is used as it is; the public one starts from the bundled copy and is refreshed on demand. */
export function createTrustedRootSource(deps: TrustedRootDeps): TrustedRootSource {
  const { file, tufDir, clock, way, fetchRoot = fetchPublicRoot } = deps;
  if (file !== null) return { current: () => readRoot(file), refresh: async () => null };
  let current: unknown = null;
  let last: { at: number; refreshed: Promise<unknown> } | null = null;
  return {
    current: async () => (current ??= await bundledRoot()),
    refresh: () => {
      if (last && clock.now() - last.at < REFRESH_EVERY_MS) return last.refreshed;
      // No way to the update server is no reason to trust anyone else, nor anyone less, than before.
      const refreshed = fetchRoot(tufDir, way).then(
        (root) => (current = root),
        () => null,
      );
      last = { at: clock.now(), refreshed };
      return refreshed;
    },
  };
}

async function readRoot(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch (thrown) {
    throw new WatchError('input', 'trusted-root-unreadable', `${file} is no trusted root`, { cause: thrown });
  }
}

/** The public-good root that the update client carries as its seed. */
async function bundledRoot(): Promise<unknown> {
  const [{ default: seeds }, { DEFAULT_MIRROR_URL }] = await Promise.all([
    import('@sigstore/tuf/seeds.json', { with: { type: 'json' } }),
    import('@sigstore/tuf'),
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
    import('@sigstore/tuf'),
    import('@sigstore/protobuf-specs'),
  ]);
  return TrustedRoot.toJSON(await getTrustedRoot({ cachePath: tufDir, timeout: TUF_TIMEOUT_MS }));
}
