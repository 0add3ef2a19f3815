import type { Scope } from '../../domain/check.ts';
import { MEASUREMENTS_FILE, type Component } from '../../domain/component.ts';
import { evidenceKey, type Evidence, type MeasurementsFile, type Observation } from '../../domain/evidence.ts';
import type { CommitId } from '../../domain/ids.ts';
import { electionOfComponent } from './cells.ts';
import { ATTEMPTS, type BuiltOutput, type Standing } from './local-build.ts';
import { agreement, canonicalSet, type MeasurementSide } from './measurement-sets.ts';
import { mirrorAnswers, type MirrorAnswer } from './published.ts';
import { buildGap, publishedReason, type Gap } from './reasons.ts';

/** Where launch measurements were seen, and why not where they were not. */
export interface MeasurementSides {
  /** null: the proposal does not elect this component, or does not carry the field. */
  readonly proposal: MeasurementSide | null;
  readonly mirrors: readonly MeasurementSide[];
  readonly unseenMirrors: readonly string[];
  /** In the order of the attempts; null where one gave none. */
  readonly built: readonly (MeasurementSide | null)[];
  readonly publishedGap: Gap;
  /** Why each attempt gave none, where it did not. */
  readonly buildGaps: readonly Gap[];
}

/** Everything that was published; a build has to agree with each of them. */
export function publishedMeasurements({ proposal, mirrors }: MeasurementSides): readonly MeasurementSide[] {
  return proposal ? [proposal, ...mirrors] : mirrors;
}

/** How the measurements of each attempt stand to the published ones. */
export function builtMeasurements(sides: MeasurementSides): BuiltOutput {
  const published = publishedMeasurements(sides);
  const standings = sides.built.map((side): Standing => {
    if (side === null || published.length === 0) return 'none';
    return published.some(({ entries }) => agreement(entries, side.entries) === 'differs') ? 'differs' : 'same';
  });
  return { values: sides.built.map((side) => side && canonicalSet(side.entries)), standings };
}

export function measurementSides(
  component: Component,
  commit: CommitId,
  scope: Scope,
  evidence: Evidence,
): MeasurementSides {
  const election = electionOfComponent(scope, component);
  const entries = election?.version.launchMeasurements ?? null;
  const looks = mirrorAnswers('measurements', scope, commit, component, evidence);
  const builds = ATTEMPTS.map((attempt) => evidence.get(evidenceKey.localMeasurements(commit, attempt)));
  return {
    proposal: election && entries && { source: `proposal ${election.proposal.id}`, entries },
    mirrors: looks.flatMap(({ look }) => sidesOf(look)),
    unseenMirrors: looks.filter(({ look }) => sidesOf(look).length === 0).map(({ url }) => url),
    built: builds.map((look) => sidesOf(look)[0] ?? null),
    publishedGap: publishedGap(looks),
    buildGaps: builds.map((look) => unbuilt(buildGap(scope, commit, evidence, look), look)),
  };
}

/** A file that cannot be read as measurements is no side. Its bytes are compared by other checks. */
function sidesOf(look: Observation<MeasurementsFile> | undefined): readonly MeasurementSide[] {
  if (look?.status !== 'observed' || look.value.entries === null) return [];
  return [{ source: look.source, entries: look.value.entries }];
}

function publishedGap(looks: readonly MirrorAnswer<MeasurementsFile>[]): Gap {
  if (looks.every(({ look }) => look?.status === 'observed')) {
    return { reason: 'not-published', sentence: `The published ${MEASUREMENTS_FILE} cannot be read as measurements.` };
  }
  const reason = publishedReason(looks.map(({ look }) => look));
  return { reason, sentence: `The published ${MEASUREMENTS_FILE} could not be downloaded.` };
}

function unbuilt(gap: Gap, look: Observation<MeasurementsFile> | undefined): Gap {
  if (look?.status !== 'observed') return gap;
  return { reason: 'build-failed', sentence: `The built ${MEASUREMENTS_FILE} cannot be read as measurements.` };
}
