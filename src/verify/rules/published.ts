import { mirrorUrl, type ArtifactRole } from '../../domain/artifact.ts';
import type { Scope } from '../../domain/check.ts';
import type { Component } from '../../domain/component.ts';
import type { Evidence, EvidenceKey, EvidenceValues, Observation, SumsFile } from '../../domain/evidence.ts';
import type { CommitId } from '../../domain/ids.ts';

type PublishedKind = 'sums' | 'image' | 'measurements';

const ROLES: Readonly<Record<PublishedKind, ArtifactRole>> = {
  sums: 'checksums',
  image: 'image',
  measurements: 'measurements',
};

/** One look at one mirror; `look` undefined: never looked at. */
export interface MirrorAnswer<T> {
  readonly url: string;
  readonly look: Observation<T> | undefined;
}

/** The keys of a file at every mirror that was asked for. */
export function mirrorKeys<K extends PublishedKind>(
  kind: K,
  scope: Scope,
  commit: CommitId,
  component: Component,
): readonly EvidenceKey<K>[] {
  return scope.mirrors.map((mirror) => ({ kind, subject: mirrorUrl(mirror, commit, component, ROLES[kind]) }));
}

/** What was seen of a file at every mirror that was asked for. */
export function mirrorAnswers<K extends PublishedKind>(
  kind: K,
  scope: Scope,
  commit: CommitId,
  component: Component,
  evidence: Evidence,
): readonly MirrorAnswer<EvidenceValues[K]>[] {
  return mirrorKeys(kind, scope, commit, component).map((key) => ({ url: key.subject, look: evidence.get(key) }));
}

/** Only the looks that gave a value. */
export function observed<T>(
  looks: readonly MirrorAnswer<T>[],
): readonly { readonly url: string; readonly source: string; readonly value: T }[] {
  return looks.flatMap(({ url, look }) =>
    look?.status === 'observed' ? [{ url, source: look.source, value: look.value }] : [],
  );
}

/** Every digest that the sums give for a name: none, one, or contradicting ones. */
export function listedDigests(sums: SumsFile, name: string): readonly string[] {
  return [...new Set(sums.entries.filter((entry) => entry.name === name).map((entry) => entry.sha256.toLowerCase()))];
}

/** The host of a URL as people know it. */
export function hostOf(url: string): string {
  return URL.parse(url)?.hostname ?? url;
}
