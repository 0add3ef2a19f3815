import { fileName } from '../../domain/artifact.ts';
import type { Scope, Side } from '../../domain/check.ts';
import { componentFacts, type Component } from '../../domain/component.ts';
import { evidenceKey, type Evidence, type FileHash, type Observation } from '../../domain/evidence.ts';
import type { CommitId } from '../../domain/ids.ts';
import { electionOfComponent } from './cells.ts';
import { hashSide } from './compare.ts';
import { ATTEMPTS, chooseAttempt, type BuiltOutput, type Chosen, type Standing } from './local-build.ts';
import { builtMeasurements, measurementSides } from './measurement-sides.ts';
import { mirrorAnswers } from './published.ts';
import { publishedReason, type Gap } from './reasons.ts';

/** What a built image has to equal; `gap` says why where nothing is known of it. */
export interface PublishedImage {
  readonly sides: readonly Side[];
  readonly gap: Gap;
}

/** The attempt whose outputs stand for this machine's build, in every check of one verdict. */
export function chosenAttempt(scope: Scope, commit: CommitId, evidence: Evidence): Chosen {
  const outputs = scope.components.flatMap(({ component }) => {
    const images = builtImages(component, commit, scope, evidence).standings;
    if (!componentFacts(component).hasMeasurements) return [images];
    const sides = measurementSides(component, commit, scope, evidence);
    return [images, builtMeasurements(sides).standings];
  });
  return chooseAttempt(outputs);
}

/** What a build has to equal: the proposal's hash for the elected image, else what the mirrors serve. */
export function publishedImage(
  component: Component,
  commit: CommitId,
  scope: Scope,
  evidence: Evidence,
): PublishedImage {
  const election = electionOfComponent(scope, component);
  const looks = mirrorAnswers('image', scope, commit, component, evidence);
  const gap = {
    reason: publishedReason(looks.map(({ look }) => look)),
    sentence: `The published ${fileName(component, 'image')} could not be downloaded.`,
  };
  if (!election) {
    return { sides: looks.map(({ url, look }) => hashSide(look, url)).filter(({ value }) => value !== null), gap };
  }
  const value = election.version.packageSha256.toLowerCase();
  return { sides: [{ value, source: `proposal ${election.proposal.id}` }], gap };
}

/** What each attempt gave for a component, in the order of the attempts. */
export function imageAnswers(
  component: Component,
  commit: CommitId,
  evidence: Evidence,
): readonly (Observation<FileHash> | undefined)[] {
  return ATTEMPTS.map((attempt) => evidence.get(evidenceKey.localImage(commit, attempt, component)));
}

/** A build must equal everything that was published: mirrors that differ can never both be reproduced. */
export function builtImages(component: Component, commit: CommitId, scope: Scope, evidence: Evidence): BuiltOutput {
  const { sides } = publishedImage(component, commit, scope, evidence);
  const looks = imageAnswers(component, commit, evidence);
  const values = looks.map((look) => hashSide(look, 'local build').value);
  const standings = values.map((value): Standing => {
    if (value === null || sides.length === 0) return 'none';
    return sides.every((side) => side.value === value) ? 'same' : 'differs';
  });
  return { values, standings };
}
