import type { Cell, Check, Comparison, Finding, Judgement, Scope, Side } from '../../domain/check.ts';
import { componentFacts, type Component } from '../../domain/component.ts';
import { evidenceKey, type Evidence } from '../../domain/evidence.ts';
import { buildFindings, notDeterministic } from '../rules/build-findings.ts';
import { ELECTS_NOTHING, electionOfComponent, perComponent } from '../rules/cells.ts';
import { compare, contradicts, hashSide } from '../rules/compare.ts';
import { inconclusive, mismatch, verified } from '../rules/judgement.ts';
import { weigh } from '../rules/local-build.ts';
import {
  builtImages,
  chosenAttempt,
  imageAnswers,
  publishedImage,
  type PublishedImage,
} from '../rules/local-outputs.ts';
import { mirrorKeys } from '../rules/published.ts';
import { buildGap, firstGap, type Gap } from '../rules/reasons.ts';

const IDENTITY = { id: 'build-reproduces', tier: 'authoritative', phase: 'after-build' } as const;

/** The commit's own build, run on this machine, gives the published bytes. */
export const buildReproduces: Check = {
  ...IDENTITY,
  title: 'The image reproduces from its source',
  see: 'https://github.com/dfinity/ic/blob/master/ci/container/build-ic.sh',
  plan: (scope) =>
    perComponent(IDENTITY, scope, ({ component, why }, commit) => {
      const images = why === 'elected' ? [] : mirrorKeys('image', scope, commit, component);
      const source = [evidenceKey.commitRefs(commit), evidenceKey.tree(commit), evidenceKey.host()];
      return { needs: [...source, evidenceKey.localImage(commit, 1, component), ...images] };
    }),
  judge,
};

function judge(cell: Cell, scope: Scope, evidence: Evidence): Judgement {
  const { component } = cell;
  const { commit } = scope;
  if (component === null || commit === null) return inconclusive('nothing-to-build', ELECTS_NOTHING);
  const published = publishedImage(component, commit, scope, evidence);
  const looks = imageAnswers(component, commit, evidence);
  const chosen = chosenAttempt(scope, commit, evidence);
  const built = looks.map((look) => hashSide(look, 'local build')).filter(({ value }) => value !== null);
  const label = `${componentFacts(component).label} image`;
  const findings = buildFindings(commit, evidence);
  const told = { label, named: publishedName(scope, component), published, built, findings };
  const says = weigh(builtImages(component, commit, scope, evidence), chosen);
  switch (says.says) {
    case 'nothing': {
      const look = looks[chosen.index];
      return nothing(published, look?.status === 'observed' ? null : buildGap(scope, commit, evidence, look), findings);
    }
    case 'same':
      return reproduced(told, says.tookBack);
    case 'differs':
      return differs(told, says.confirmed);
    case 'varies':
      return inconclusive('not-deterministic', `Two builds of the ${label} produced two different files.`, {
        comparisons: comparisonsOf(told),
        findings: [...findings, notDeterministic('build-reproduces', label, says.reproducedOnce)],
      });
  }
}

interface Told {
  readonly label: string;
  /** What the build is compared with, in words. */
  readonly named: string;
  readonly published: PublishedImage;
  readonly built: readonly Side[];
  readonly findings: readonly Finding[];
}

function publishedName(scope: Scope, component: Component): string {
  return electionOfComponent(scope, component) ? 'the hash in the proposal' : 'the published image';
}

function nothing(published: PublishedImage, unbuilt: Gap | null, findings: readonly Finding[]): Judgement {
  const gaps = published.sides.length > 0 ? [] : [published.gap];
  const [first = published.gap, ...others] = unbuilt ? [unbuilt, ...gaps] : gaps;
  const { reason, sentence } = firstGap([first, ...others]);
  return inconclusive(reason, sentence, { findings });
}

/** Only the build that gave the published bytes is shown: the other one is the finding. */
function reproduced(told: Told, tookBack: boolean): Judgement {
  const equal = comparisonsOf(told).filter((comparison) => comparison.equal);
  const findings = tookBack
    ? [...told.findings, notDeterministic('build-reproduces', told.label, true)]
    : told.findings;
  return verified(`The ${told.label} built on this machine matches ${told.named}.`, equal, { findings });
}

function differs(told: Told, confirmed: boolean): Judgement {
  const { label, named, published, findings } = told;
  const builds = confirmed ? 'two builds' : 'one build';
  return mismatch(`The ${label} built on this machine (${builds}) does not match ${named}.`, comparisonsOf(told), {
    findings,
    confirmed,
    localOnly: !published.sides.some((side) => contradicts(compare('', published.sides[0] ?? side, side))),
  });
}

function comparisonsOf({ label, published, built }: Told): readonly Comparison[] {
  return published.sides.flatMap((expected) => built.map((actual) => compare(label, expected, actual)));
}
