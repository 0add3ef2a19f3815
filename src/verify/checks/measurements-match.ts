import type { Cell, Check, Comparison, Finding, Judgement, Scope } from '../../domain/check.ts';
import { componentFacts } from '../../domain/component.ts';
import { evidenceKey, type Evidence } from '../../domain/evidence.ts';
import { notDeterministic } from '../rules/build-findings.ts';
import { ELECTS_NOTHING, electionOfComponent, perComponent } from '../rules/cells.ts';
import { inconclusive, mismatch, verified } from '../rules/judgement.ts';
import { bounded } from '../../domain/bounded.ts';
import { weigh, type Chosen } from '../rules/local-build.ts';
import { chosenAttempt } from '../rules/local-outputs.ts';
import { absentFields, agreement, compareSets, type MeasurementSide } from '../rules/measurement-sets.ts';
import {
  builtMeasurements,
  measurementSides,
  publishedMeasurements,
  type MeasurementSides,
} from '../rules/measurement-sides.ts';
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
  const { proposal } = sides;
  if (proposal?.entries.length === 0) return carriesNone(proposal);
  const published = publishedMeasurements(sides);
  const comparisons = comparePublished(published);
  if (hasContradiction(published)) {
    return mismatch('The published launch measurements contradict each other.', comparisons);
  }
  return againstBuild(sides, comparisons, chosenAttempt(scope, commit, evidence));
}

/** The first list against each other one, and what two others have against each other. */
function comparePublished([reference, ...others]: readonly MeasurementSide[]): readonly Comparison[] {
  if (!reference) return [];
  const apart = others.flatMap((one, index) =>
    others
      .slice(index + 1)
      .filter((other) => agreement(one.entries, other.entries) === 'differs')
      .flatMap((other) => compareSets(one, other)),
  );
  return [...others.flatMap((other) => compareSets(reference, other)), ...apart];
}

/** Each pair by itself: what one side does not give must not stand between two that differ. */
function hasContradiction(published: readonly MeasurementSide[]): boolean {
  return published.some((one, index) =>
    published.slice(index + 1).some((other) => agreement(one.entries, other.entries) === 'differs'),
  );
}

/** The published sides agree; what is left is the build, and whether any side is missing. */
function againstBuild(sides: MeasurementSides, publishedComparisons: readonly Comparison[], chosen: Chosen): Judgement {
  const built = sides.built.filter((side) => side !== null);
  const output = builtMeasurements(sides);
  const says = weigh(output, chosen);
  const local = built.flatMap((side) => compareBuilt(side, sides));
  const findings = absences([...publishedComparisons, ...local]);
  switch (says.says) {
    case 'nothing':
      return incomplete(sides, publishedComparisons, chosen);
    case 'same': {
      const same = sides.built.filter((side, index) => side !== null && output.standings[index] === 'same');
      const equal = same.flatMap((side) => (side ? compareBuilt(side, sides) : []));
      return complete(sides, [...publishedComparisons, ...equal], chosen, says.tookBack);
    }
    case 'differs': {
      const sentence = `The launch measurements built on this machine (${says.confirmed ? 'two builds' : 'one build'}) do not match the published ones.`;
      const all = [...publishedComparisons, ...local];
      return mismatch(sentence, all, { findings, localOnly: true, confirmed: says.confirmed });
    }
    case 'varies':
      return inconclusive('not-deterministic', 'Two builds produced two different sets of launch measurements.', {
        comparisons: [...publishedComparisons, ...local],
        findings: [...findings, notDeterministic('measurements-match', 'launch measurements', says.reproducedOnce)],
      });
  }
}

/** With the first published list, and with each other one that it contradicts. */
function compareBuilt(side: MeasurementSide, sides: MeasurementSides): readonly Comparison[] {
  const [reference, ...others] = publishedMeasurements(sides);
  const apart = others.filter(({ entries }) => agreement(entries, side.entries) === 'differs');
  const first = reference && agreement(reference.entries, side.entries) === 'differs' ? [] : apart;
  return [...(reference ? [reference] : []), ...first].flatMap((published) => compareSets(published, side));
}

function complete(
  sides: MeasurementSides,
  comparisons: readonly Comparison[],
  chosen: Chosen,
  tookBack: boolean,
): Judgement {
  if (sides.mirrors.length === 0) return incomplete(sides, comparisons, chosen);
  const [reference] = sides.mirrors;
  if (!reference || reference.entries.length === 0) {
    return inconclusive('not-published', 'The published list of launch measurements is empty.');
  }
  const caveats = sides.unseenMirrors.map((url) => ({
    id: 'measurements-match/mirror-unreachable',
    sentence: `Launch measurements could not be read at ${hostOf(url)}; those of the other mirror were read.`,
  }));
  const findings = [
    ...absences(comparisons),
    ...(tookBack ? [notDeterministic('measurements-match', 'launch measurements', true)] : []),
  ];
  const where = sides.proposal ? 'the proposal, the download hosts and' : 'the download hosts and';
  const sentence = `The launch measurements of ${where} the local build match.`;
  return verified(sentence, comparisons, { caveats, findings });
}

/** The bytes are measured over the command line: equal bytes without it are no contradiction, but worth a word. */
function absences(comparisons: readonly Comparison[]): readonly Finding[] {
  return absentFields(comparisons).map(({ field, source }) => ({
    id: 'measurements-match/metadata-absent',
    severity: 'warning',
    sentence: `The same launch measurements have a ${field} in another source but not in ${bounded(source, 160)}.`,
  }));
}

/** At least one of the sides that must agree was not observed: the build, if it was not the mirrors. */
function incomplete(sides: MeasurementSides, comparisons: readonly Comparison[], { index }: Chosen): Judgement {
  const { mirrors, publishedGap, buildGaps } = sides;
  const buildGap = buildGaps[index] ?? publishedGap;
  const { reason, sentence } = mirrors.length === 0 ? firstGap([publishedGap, buildGap]) : buildGap;
  const findings = absences(comparisons);
  return inconclusive(reason, `Launch measurements are missing on one side. ${sentence}`, { comparisons, findings });
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
