import type { Cell, Check, Comparison, Judgement, Scope } from '../../domain/check.ts';
import { componentFacts } from '../../domain/component.ts';
import { evidenceKey, type Evidence } from '../../domain/evidence.ts';
import { notDeterministic } from '../rules/build-findings.ts';
import { ELECTS_NOTHING, electionOfComponent, perComponent } from '../rules/cells.ts';
import { inconclusive, mismatch, verified } from '../rules/judgement.ts';
import { weigh } from '../rules/local-build.ts';
import { canonicalSet, compareSets, type MeasurementSide } from '../rules/measurement-sets.ts';
import { measurementSides, type MeasurementSides } from '../rules/measurement-sides.ts';
import { hostOf, mirrorKeys } from '../rules/published.ts';
import { firstGap } from '../rules/reasons.ts';

/** Judged before the build as well: its published sides can contradict each other hours earlier. */
const IDENTITY = { id: 'measurements-match', tier: 'authoritative', phase: 'before-build' } as const;

/** Proposal = download hosts = local build, over measurement, kernel command line and CPU type, in any order. */
export const measurementsMatch: Check = {
  ...IDENTITY,
  title: 'The launch measurements are the same everywhere',
  see: 'https://github.com/dfinity/ic/blob/master/ic-os/defs.bzl',
  plan: (scope) => {
    const components = scope.components.filter(({ component }) => componentFacts(component).hasMeasurements);
    return perComponent(IDENTITY, { ...scope, components }, ({ component }, commit) => {
      const carried = electionOfComponent(scope, component)?.version.launchMeasurements ?? null;
      if (!scope.measurementsInRelease && carried === null) return { skip: 'This release has no launch measurements.' };
      const source = [evidenceKey.commitRefs(commit), evidenceKey.tree(commit), evidenceKey.host()];
      const files = mirrorKeys('measurements', scope, commit, component);
      return { needs: [...source, evidenceKey.localMeasurements(commit, 1), ...files] };
    });
  },
  judge,
};

function judge(cell: Cell, scope: Scope, evidence: Evidence): Judgement {
  const { component } = cell;
  const { commit } = scope;
  if (component === null || commit === null) return inconclusive('nothing-to-build', ELECTS_NOTHING);
  const sides = measurementSides(component, commit, scope, evidence);
  const { proposal, mirrors } = sides;
  if (proposal?.entries.length === 0) return carriesNone(proposal);
  const published = proposal ? [proposal, ...mirrors] : mirrors;
  const [reference, ...others] = published;
  if (!reference) return incomplete(sides, []);
  const comparisons = others.flatMap((other) => compareSets(reference, other));
  if (others.some((other) => !sameSet(reference, other))) {
    return mismatch('The published launch measurements contradict each other.', comparisons);
  }
  return againstBuild(reference, sides, comparisons);
}

/** The published sides agree; what is left is the build, and whether any side is missing. */
function againstBuild(
  reference: MeasurementSide,
  sides: MeasurementSides,
  publishedComparisons: readonly Comparison[],
): Judgement {
  const { built } = sides;
  const says = weigh(
    built.map(({ entries }) => canonicalSet(entries)),
    [canonicalSet(reference.entries)],
  );
  const local = built.flatMap((side) => compareSets(reference, side));
  switch (says.says) {
    case 'nothing':
      return incomplete(sides, publishedComparisons);
    case 'same': {
      const equal = built.filter((side) => sameSet(reference, side)).flatMap((side) => compareSets(reference, side));
      return complete(sides, [...publishedComparisons, ...equal], says.varied);
    }
    case 'differs': {
      const sentence = `The launch measurements built on this machine (${says.confirmed ? 'twice' : 'once'}) are not the published ones.`;
      const all = [...publishedComparisons, ...local];
      return mismatch(sentence, all, { localOnly: true, confirmed: says.confirmed });
    }
    case 'varies':
      return inconclusive('not-deterministic', 'Two builds gave two different sets of launch measurements.', {
        comparisons: [...publishedComparisons, ...local],
      });
  }
}

function complete(sides: MeasurementSides, comparisons: readonly Comparison[], varied: boolean): Judgement {
  if (sides.mirrors.length === 0) return incomplete(sides, comparisons);
  const [reference] = sides.mirrors;
  if (!reference || reference.entries.length === 0) {
    return inconclusive('not-published', 'The published launch measurements are an empty list.');
  }
  const caveats = sides.unseenMirrors.map((url) => ({
    id: 'measurements-match/mirror-unreachable',
    sentence: `Launch measurements could not be read at ${hostOf(url)}; the other mirror’s could.`,
  }));
  const findings = varied ? [notDeterministic('measurements-match', 'launch measurements')] : [];
  const where = sides.proposal ? 'the proposal, the download hosts and' : 'the download hosts and';
  const sentence = `The launch measurements of ${where} the local build are the same.`;
  return verified(sentence, comparisons, { caveats, findings });
}

/** At least one of the sides that must agree was not observed: the build, if it was not the mirrors. */
function incomplete(sides: MeasurementSides, comparisons: readonly Comparison[]): Judgement {
  const { mirrors, publishedGap, buildGap } = sides;
  const { reason, sentence } = mirrors.length === 0 ? firstGap([publishedGap, buildGap]) : buildGap;
  return inconclusive(reason, `Launch measurements are missing on one side. ${sentence}`, { comparisons });
}

/** The registry refuses an empty list; one that reached a proposal is no honest release. */
function carriesNone({ source }: MeasurementSide): Judgement {
  return mismatch('The proposal carries an empty list of launch measurements.', [
    {
      label: 'launch measurements in the proposal',
      expected: { value: 'at least one', source: 'the rule for GuestOS elections' },
      actual: { value: 'none', source },
      equal: false,
    },
  ]);
}

function sameSet(left: MeasurementSide, right: MeasurementSide): boolean {
  return canonicalSet(left.entries) === canonicalSet(right.entries);
}
