import { fileName } from '../../domain/artifact.ts';
import type { Cell, Check, Comparison, Finding, Judgement, Scope, Side } from '../../domain/check.ts';
import { componentFacts, type Component } from '../../domain/component.ts';
import { evidenceKey, type Evidence } from '../../domain/evidence.ts';
import type { CommitId } from '../../domain/ids.ts';
import { buildFindings, notDeterministic } from '../rules/build-findings.ts';
import { ELECTS_NOTHING, electionOfComponent, perComponent } from '../rules/cells.ts';
import { compare, contradicts, hashSide } from '../rules/compare.ts';
import { inconclusive, mismatch, verified } from '../rules/judgement.ts';
import { ATTEMPTS, weigh } from '../rules/local-build.ts';
import { mirrorKeys, mirrorLooks } from '../rules/published.ts';
import { buildGap, firstGap, publishedReason, type Gap } from '../rules/reasons.ts';

const IDENTITY = { id: 'build-reproduces', tier: 'authoritative', phase: 'after-build' } as const;

/** The commit's own build, run on this machine, gives the published bytes. */
export const buildReproduces: Check = {
  ...IDENTITY,
  title: 'Building the source gives the published image',
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
  const published = publishedSides(component, commit, scope, evidence);
  const looks = ATTEMPTS.map((attempt) => evidence.get(evidenceKey.localImage(commit, attempt, component)));
  const built = looks.map((look) => hashSide(look, 'local build')).filter(({ value }) => value !== null);
  const label = `${componentFacts(component).label} image`;
  const findings = buildFindings(commit, evidence);
  const told = { label, named: publishedName(scope, component), published, built, findings };
  const says = weigh(built.map(valueOf), published.sides.map(valueOf));
  switch (says.says) {
    case 'nothing':
      return nothing(published, built.length > 0 ? null : buildGap(scope, commit, evidence, looks[0]), findings);
    case 'same':
      return reproduced(told, says.varied);
    case 'differs':
      return differs(told, says.confirmed);
    case 'varies':
      return inconclusive('not-deterministic', `Two builds of the ${label} gave two different files.`, {
        comparisons: comparisonsOf(told),
        findings,
      });
  }
}

interface Published {
  readonly sides: readonly Side[];
  readonly gap: Gap;
}

interface Told {
  readonly label: string;
  /** What the build is compared with, in words. */
  readonly named: string;
  readonly published: Published;
  readonly built: readonly Side[];
  readonly findings: readonly Finding[];
}

/** What a build has to equal: the proposal's hash for the elected image, else what the mirrors serve. */
function publishedSides(component: Component, commit: CommitId, scope: Scope, evidence: Evidence): Published {
  const election = electionOfComponent(scope, component);
  const looks = mirrorLooks('image', scope, commit, component, evidence);
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

function publishedName(scope: Scope, component: Component): string {
  return electionOfComponent(scope, component) ? 'the one that the proposal names' : 'the published one';
}

function nothing(published: Published, unbuilt: Gap | null, findings: readonly Finding[]): Judgement {
  const gaps = published.sides.length > 0 ? [] : [published.gap];
  const [first = published.gap, ...others] = unbuilt ? [unbuilt, ...gaps] : gaps;
  const { reason, sentence } = firstGap([first, ...others]);
  return inconclusive(reason, sentence, { findings });
}

/** Only the build that gave the published bytes is shown: the other one is the finding. */
function reproduced(told: Told, varied: boolean): Judgement {
  const equal = comparisonsOf(told).filter((comparison) => comparison.equal);
  const findings = varied ? [...told.findings, notDeterministic('build-reproduces', told.label)] : told.findings;
  return verified(`The ${told.label} built on this machine is ${told.named}.`, equal, { findings });
}

function differs(told: Told, confirmed: boolean): Judgement {
  const { label, named, published, findings } = told;
  const times = confirmed ? 'twice' : 'once';
  return mismatch(`The ${label} built on this machine (${times}) is not ${named}.`, comparisonsOf(told), {
    findings,
    confirmed,
    localOnly: !published.sides.some((side) => contradicts(compare('', published.sides[0] ?? side, side))),
  });
}

function comparisonsOf({ label, published, built }: Told): readonly Comparison[] {
  return published.sides.flatMap((expected) => built.map((actual) => compare(label, expected, actual)));
}

function valueOf({ value }: Side): string {
  return value ?? '';
}
