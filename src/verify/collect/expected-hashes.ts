import { mirrorUrl } from '../../domain/artifact.ts';
import { componentFacts } from '../../domain/component.ts';
import { evidenceKey, type Evidence, type EvidenceKey, type Observation } from '../../domain/evidence.ts';
import type { CommitId, Sha256 } from '../../domain/ids.ts';
import type { ElectedVersion, Proposal } from '../../domain/proposal.ts';
import { publishedImage } from './download-cache.ts';
import type { SaidFile } from './file-lengths.ts';

/**
 * What the proposal and the fresh SHA256SUMS beside it say by now of the bytes at a URL. Only for deciding whether to
 * look twice and how long a body may be: judging is done by others, from the evidence.
 */
export function saidFile(url: string, commit: CommitId, evidence: Evidence): SaidFile {
  const versions = electing(url, evidence);
  const expected = new Set<Sha256>(versions.map(({ packageSha256 }) => packageSha256));
  const image = publishedImage(url, commit);
  const sumsKey = sumsBeside(url, commit);
  const sums = sumsKey && evidence.get(sumsKey);
  if (image && sums?.status === 'observed') {
    const { imageFile } = componentFacts(image.component);
    for (const { name, sha256 } of sums.value.entries) if (name === imageFile) expected.add(sha256);
  }
  return { expected, component: image?.component ?? versions[0]?.component ?? null };
}

/** The SHA256SUMS that lists what the mirrors publish under this very URL. */
export function sumsBeside(url: string, commit: CommitId): EvidenceKey<'sums'> | null {
  const image = publishedImage(url, commit);
  return image && evidenceKey.sums(mirrorUrl(image.mirror, commit, image.component, 'checksums'));
}

function electing(url: string, evidence: Evidence): readonly ElectedVersion[] {
  return elected(evidence).filter(({ packageUrls }) => packageUrls.includes(url));
}

/** Whether the proposal itself names this URL. */
export function isProposed(url: string, evidence: Evidence): boolean {
  return electing(url, evidence).length > 0;
}

function elected(evidence: Evidence): readonly ElectedVersion[] {
  return evidence.all().flatMap(({ key, observation }) => {
    if (key.kind !== 'proposal' || observation.status !== 'observed') return [];
    const { action } = (observation as Extract<Observation<Proposal>, { status: 'observed' }>).value;
    return 'version' in action ? [action.version] : [];
  });
}
