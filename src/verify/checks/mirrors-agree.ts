import { fileName } from '../../domain/artifact.ts';
import type { Cell, Check, Comparison, Judgement, Scope, Side } from '../../domain/check.ts';
import { componentFacts, MEASUREMENTS_FILE, SUMS_FILE, type Component } from '../../domain/component.ts';
import type { Evidence, FileHash } from '../../domain/evidence.ts';
import type { CommitId } from '../../domain/ids.ts';
import { ELECTS_NOTHING, listsMeasurements, perComponent } from '../rules/cells.ts';
import { compare, contradicts, hashSide } from '../rules/compare.ts';
import { inconclusive, mismatch, verified } from '../rules/judgement.ts';
import { listedDigests, mirrorKeys, mirrorAnswers, type MirrorAnswer } from '../rules/published.ts';
import { publishedReason } from '../rules/reasons.ts';

const IDENTITY = { id: 'mirrors-agree', tier: 'corroborating', phase: 'before-build' } as const;

/** All download hosts list and serve the same bytes: a voter's node may fetch from any of them. */
export const mirrorsAgree: Check = {
  ...IDENTITY,
  title: 'The download hosts list and serve the same files',
  see: 'https://github.com/dfinity/dre/tree/main/release-controller',
  plan: (scope) =>
    perComponent(IDENTITY, scope, ({ component }, commit) => {
      if (scope.mirrors.length < 2) return { skip: 'Only one download host was requested.' };
      const files = listsMeasurements(scope, component) ? mirrorKeys('measurements', scope, commit, component) : [];
      const images = mirrorKeys('image', scope, commit, component);
      return { needs: [...mirrorKeys('sums', scope, commit, component), ...files, ...images] };
    }),
  judge,
};

/** One thing, as each mirror has it. */
interface Row {
  readonly label: string;
  readonly sides: readonly Side[];
}

function judge(cell: Cell, scope: Scope, evidence: Evidence): Judgement {
  const { component } = cell;
  const { commit } = scope;
  if (component === null || commit === null) return inconclusive('nothing-to-build', ELECTS_NOTHING);
  const rows = rowsOf(component, commit, scope, evidence);
  const comparisons = rows.flatMap(compareRow);
  const { label } = componentFacts(component);
  if (comparisons.some(contradicts)) {
    return mismatch(`The download hosts disagree about the ${label}.`, comparisons);
  }
  if (comparisons.length === 0 || comparisons.some(({ equal }) => !equal)) {
    const looks = mirrorAnswers('image', scope, commit, component, evidence).map(({ look }) => look);
    const sentence = `Not every file of the ${label} could be compared between the download hosts.`;
    return inconclusive(publishedReason(looks), sentence, { comparisons });
  }
  return verified(`The download hosts list and serve the same ${label}.`, comparisons);
}

function rowsOf(component: Component, commit: CommitId, scope: Scope, evidence: Evidence): readonly Row[] {
  const measured = listsMeasurements(scope, component);
  const sums = mirrorAnswers('sums', scope, commit, component, evidence);
  const names = [fileName(component, 'image'), ...(measured ? [MEASUREMENTS_FILE] : [])];
  const lists = names.map((name) => ({
    label: `${name} in ${SUMS_FILE}`,
    sides: sums.map(({ url, look }) => {
      if (look?.status !== 'observed') return { value: null, source: look?.source ?? url };
      const digests = [...listedDigests(look.value, name)].sort().join(' and ');
      return { value: digests === '' ? null : digests, source: look.source };
    }),
  }));
  const files = measured
    ? [served(MEASUREMENTS_FILE, mirrorAnswers('measurements', scope, commit, component, evidence))]
    : [];
  const image = served(fileName(component, 'image'), mirrorAnswers('image', scope, commit, component, evidence));
  return [...lists, ...files, image];
}

function served(label: string, looks: readonly MirrorAnswer<FileHash>[]): Row {
  return { label, sides: looks.map(({ url, look }) => hashSide(look, url)) };
}

/** Every mirror against the first one that was observed, so that two are compared wherever two were. */
function compareRow({ label, sides }: Row): readonly Comparison[] {
  const reference = sides.find(({ value }) => value !== null) ?? sides[0];
  if (!reference) return [];
  return sides.filter((side) => side !== reference).map((side) => compare(label, reference, side));
}
