import { componentFacts, MEASUREMENTS_FILE, SUMS_FILE, type Component } from './component.ts';
import type { CommitId } from './ids.ts';

export type ArtifactRole = 'image' | 'checksums' | 'measurements';

/** A download host that DFINITY publishes to; the names are those of the `--download-source` flag. */
export type Mirror = 'systems' | 'network';

/** @see https://github.com/dfinity/dre (release controller: both URLs stand in every proposal since 2024-01-04) */
export const MIRROR_HOSTS: Readonly<Record<Mirror, string>> = {
  systems: 'download.dfinity.systems',
  network: 'download.dfinity.network',
};

/** The one URL at which a mirror publishes a file of a release. */
export function mirrorUrl(mirror: Mirror, commit: CommitId, component: Component, role: ArtifactRole): string {
  const facts = componentFacts(component);
  return `https://${MIRROR_HOSTS[mirror]}/ic/${commit}/${facts.cdnDirectory}/${fileName(component, role)}`;
}

/** The file's name beside its SHA256SUMS, and in the lines of it. */
export function fileName(component: Component, role: ArtifactRole): string {
  switch (role) {
    case 'image':
      return componentFacts(component).imageFile;
    case 'checksums':
      return SUMS_FILE;
    case 'measurements':
      return MEASUREMENTS_FILE;
  }
}
