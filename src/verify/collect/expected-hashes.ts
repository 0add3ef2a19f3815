import { mirrorUrl } from '../../domain/artifact.ts';
import { componentFacts } from '../../domain/component.ts';
import { evidenceKey, type Observation } from '../../domain/evidence.ts';
import type { CommitId, Sha256 } from '../../domain/ids.ts';
import type { CollectContext } from '../../domain/ports.ts';
import type { Proposal } from '../../domain/proposal.ts';
import { publishedImage } from './download-cache.ts';

/**
 * What the proposal and the fresh SHA256SUMS beside it say of the bytes at a URL. Only for deciding whether a kept copy
 * may stand for them and whether to look twice: judging is done by others, from the evidence.
 */
export async function expectedHashes(
  url: string,
  commit: CommitId,
  context: Pick<CollectContext, 'evidence' | 'observe'>,
): Promise<ReadonlySet<Sha256>> {
  const hashes = new Set<Sha256>();
  for (const { key, observation } of context.evidence.all()) {
    if (key.kind !== 'proposal' || observation.status !== 'observed') continue;
    const { action } = (observation as Extract<Observation<Proposal>, { status: 'observed' }>).value;
    const version = 'version' in action ? action.version : null;
    if (version?.packageUrls.includes(url)) hashes.add(version.packageSha256);
  }
  const image = publishedImage(url, commit);
  if (image) {
    const sumsUrl = mirrorUrl(image.mirror, commit, image.component, 'checksums');
    const sums = await context.observe(evidenceKey.sums(sumsUrl));
    const { imageFile } = componentFacts(image.component);
    for (const entry of sums.status === 'observed' ? sums.value.entries : []) {
      if (entry.name === imageFile) hashes.add(entry.sha256);
    }
  }
  return hashes;
}
