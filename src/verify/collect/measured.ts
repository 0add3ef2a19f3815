import { stat } from 'node:fs/promises';
import { mirrorUrl } from '../../domain/artifact.ts';
import { WatchError } from '../../domain/errors.ts';
import { evidenceKey, unavailable, type Evidence, type Observation } from '../../domain/evidence.ts';
import type { CommitId, Sha256 } from '../../domain/ids.ts';
import type { MeasuredImage } from '../../domain/measured-image.ts';
import type { CollectContext, Collector } from '../../domain/ports.ts';
import type { ElectedVersion, Proposal } from '../../domain/proposal.ts';
import { readImage, readingLimitMs } from '../images/image-process.ts';
import { unavailableFrom } from './http-answer.ts';
import { publishedImage, type DownloadCache } from './download-cache.ts';

export interface MeasuredDeps {
  readonly clock: { readonly now: () => number };
  readonly cache: DownloadCache;
  /** Where an image of this hash lies, that the same run has downloaded. */
  readonly storedImage: (evidence: Evidence, sha256: Sha256) => string | undefined;
  readonly read?: typeof readImage;
}

/** Digests of honest releases are few; what a stranger lists beyond these is not looked for. */
const MOST_WANTED = 256;

/**
 * Recomputes launch measurements from what one URL gave. The reading is done in a process of its own; sources that gave
 * the same bytes share it.
 */
export function createMeasuredCollector(deps: MeasuredDeps): Collector<'measured'> {
  const runs = new WeakMap<Evidence, Map<Sha256, Promise<Observation<MeasuredImage>>>>();
  return {
    kind: 'measured',
    collect: async ({ subject: url }, context) => {
      const { commit, evidence } = context;
      const image = await context.observe(evidenceKey.image(url));
      if (image.status !== 'observed') return image;
      const run = runs.get(evidence) ?? new Map<Sha256, Promise<Observation<MeasuredImage>>>();
      runs.set(evidence, run);
      const { sha256 } = image.value;
      const elected = electedGuestos(evidence);
      if (elected && elected.packageSha256.toLowerCase() !== sha256) return notTheElected(url, deps.clock.now());
      const measured = run.get(sha256) ?? measure(deps, { url, sha256, commit, context });
      run.set(sha256, measured);
      return measured;
    },
  };
}

/** What somebody else serves in its place costs us nothing. */
function notTheElected(url: string, now: number): Observation<MeasuredImage> {
  return unavailable('rejected', 'not-the-elected-image', 'these are not the bytes that the proposal elects', url, now);
}

interface Asked {
  readonly url: string;
  readonly sha256: Sha256;
  readonly commit: CommitId | null;
  readonly context: CollectContext;
}

async function measure(
  deps: MeasuredDeps,
  { url, sha256, commit, context }: Asked,
): Promise<Observation<MeasuredImage>> {
  const { clock, cache, storedImage, read = readImage } = deps;
  try {
    const path = storedImage(context.evidence, sha256);
    if (commit === null || path === undefined)
      throw new WatchError('host', 'image-not-there', 'The image is not there any more.');
    const wanted = await wantedBy(url, commit, context);
    const value = await cache.use(commit, async (scratch) => {
      const { size } = await stat(path);
      return read({ task: 'measure', path, scratch, limitMs: readingLimitMs(size), wanted }, context.signal);
    });
    if (value.sha256 !== sha256)
      throw new WatchError('host', 'image-changed', 'The image was replaced while it was read.');
    return { status: 'observed', value, source: url, observedAt: clock.now() };
  } catch (thrown) {
    return unavailableFrom(thrown, url, clock.now());
  }
}

/** What the proposal carries; of a commit, and where it carries none, what lies beside the image on the same host. */
async function wantedBy(
  url: string,
  commit: CommitId,
  { evidence, observe }: CollectContext,
): Promise<readonly string[]> {
  const carried = digests(electedGuestos(evidence)?.launchMeasurements ?? []);
  if (carried.length > 0) return carried;
  const mirror = publishedImage(url, commit)?.mirror ?? 'systems';
  const beside = await observe(evidenceKey.measurements(mirrorUrl(mirror, commit, 'guestos', 'measurements')));
  return beside.status === 'observed' ? digests(beside.value.entries ?? []) : [];
}

function electedGuestos(evidence: Evidence): ElectedVersion | null {
  for (const { key, observation } of evidence.all()) {
    if (key.kind !== 'proposal' || observation.status !== 'observed') continue;
    const { action } = observation.value as Proposal;
    if (action.kind === 'elect-guestos') return action.version;
  }
  return null;
}

function digests(entries: readonly { readonly measurement: string }[]): readonly string[] {
  return [...new Set(entries.map(({ measurement }) => measurement.toLowerCase()))].slice(0, MOST_WANTED);
}
