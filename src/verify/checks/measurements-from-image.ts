import type { Cell, Check, Finding, Judgement, Scope } from '../../domain/check.ts';
import { componentFacts } from '../../domain/component.ts';
import { evidenceKey, type Evidence } from '../../domain/evidence.ts';
import { ELECTS_NOTHING, electionOfComponent, perComponent } from '../rules/cells.ts';
import { listing, quote } from '../rules/compare.ts';
import {
  compareMeasured,
  imagesToMeasure,
  measuredImage,
  toRecompute,
  type Recomputed,
} from '../rules/recomputed-measurements.ts';
import { inconclusive, mismatch, verified } from '../rules/judgement.ts';
import { mirrorKeys } from '../rules/published.ts';

const IDENTITY = { id: 'measurements-from-image', tier: 'corroborating', phase: 'before-build' } as const;

/**
 * Real releases whose measurements were recomputed here, all of them. Nobody knows what a release may be measured over
 * until some were: before five, a digest that is not found is told, but accuses nobody.
 */
const RECOMPUTED: { readonly releases: number; readonly enough: number } = { releases: 0, enough: 5 };

/** What the chips attest is what the published image gives, by nobody's word. */
export const measurementsFromImage: Check = {
  ...IDENTITY,
  title: 'The published image gives the launch measurements',
  see: 'https://www.amd.com/system/files/TechDocs/56860.pdf',
  plan: (scope) => {
    const components = scope.components.filter(({ component }) => componentFacts(component).hasMeasurements);
    return perComponent(IDENTITY, { ...scope, components }, ({ component }, commit) => {
      const carried = electionOfComponent(scope, component)?.version.launchMeasurements ?? null;
      if (!scope.measurementsInRelease && carried === null) return { skip: 'This release has no launch measurements.' };
      const measured = imagesToMeasure(scope, commit, component).map((url) => evidenceKey.measured(url));
      return { needs: [...mirrorKeys('measurements', scope, commit, component), ...measured] };
    });
  },
  judge,
};

function judge({ component }: Cell, scope: Scope, evidence: Evidence): Judgement {
  const { commit } = scope;
  if (component === null || commit === null) return inconclusive('nothing-to-build', ELECTS_NOTHING);
  const measured = measuredImage(scope, commit, component, evidence);
  if (measured.status === 'open') return inconclusive(measured.reason, measured.sentence);
  const wanted = toRecompute(scope, commit, component, evidence);
  const result = compareMeasured(measured, wanted);
  const contradiction = contradictionOf(result);
  const findings = findingsOf(result);
  if (contradiction) return mismatch(contradiction, result.comparisons, { findings });
  if (wanted === null) {
    return inconclusive('not-published', 'There are no launch measurements to recompute.', { findings });
  }
  return found(result, findings);
}

/** Two things that both lie in what was published, and cannot both be so. */
function contradictionOf({ otherRoot, otherCommandLines, lost }: Recomputed): string | null {
  if (otherRoot.length > 0) {
    return `The root partition of the published image is not the one that its ${listing(otherRoot)} ${otherRoot.length === 1 ? 'demands' : 'demand'}.`;
  }
  const [line] = otherCommandLines;
  if (line !== undefined)
    return `A measured kernel command line is none of the published image’s: ${quote(line, 160)}.`;
  if (lost.length === 0 || RECOMPUTED.releases < RECOMPUTED.enough) return null;
  return notFound(lost);
}

function notFound(lost: readonly string[]): string {
  const which = lost.length === 1 ? 'A launch measurement does' : `${lost.length} launch measurements do`;
  return `${which} not come from the published image, for any number and type of processors: ${quote(lost[0] ?? '', 24)}.`;
}

function found({ comparisons, lost, unproven }: Recomputed, findings: readonly Finding[]): Judgement {
  if (lost.length > 0) return inconclusive('unlisted', notFound(lost), { comparisons, findings });
  if (unproven) {
    const sentence =
      'The launch measurements come from the published image, but nothing ties them to its root partition.';
    return inconclusive('unlisted', sentence, { comparisons, findings });
  }
  return verified('Every launch measurement was recomputed from the published image.', comparisons, { findings });
}

function findingsOf({ lost, otherTypes, oddCounts }: Recomputed): readonly Finding[] {
  const serious =
    lost.length > 0 ? [finding('measurements-from-image/digest-not-found', 'serious', notFound(lost))] : [];
  const types = otherTypes
    .slice(0, SHOWN)
    .map((each) => finding('measurements-from-image/other-vcpu-type', 'serious', each));
  if (oddCounts.length === 0) return [...serious, ...types];
  const counts = `Launch measurements are for ${listing(oddCounts.map(String))} processors, other than releases had so far.`;
  return [...serious, ...types, finding('measurements-from-image/vcpu-count', 'info', counts)];
}

const SHOWN = 4;

function finding(id: string, severity: Finding['severity'], sentence: string): Finding {
  return { id, severity, sentence };
}
