import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cell, CheckId, Comparison } from '../../src/domain/check.ts';
import type { Component } from '../../src/domain/component.ts';
import type { EvidenceKey } from '../../src/domain/evidence.ts';
import { requiredComponents, type Verdict } from '../../src/domain/verdict.ts';
import { judge } from '../../src/verify/judge.ts';
import type { Question, Target } from '../../src/verify/plan.ts';
import { COMMIT_SUBJECT, election, good, imageHash, TREE } from '../support/evidence.ts';
import { World } from '../support/world.ts';
import { FATES, meet, QUESTIONS, type Fate } from '../support/fates.ts';
import { isLong } from '../support/seeded.ts';

const LIMIT_MS = isLong ? 300_000 : 30_000;

const DIRECTORIES = {
  guestos: 'guest-os/update-img/',
  hostos: 'host-os/update-img/',
  setupos: 'setup-os/disk-img/',
  recovery: 'guest-os/update-img-recovery/',
};

/** The components whose cells all have to be verified. */
function bound(world: World): readonly Component[] {
  return world.scope.components.filter(({ why }) => why !== 'extra').map(({ component }) => component);
}

/** Facts of those components, and of the commit, that contradict the good ones. */
function contradicting(world: World, fates: ReadonlyMap<string, Fate>): readonly EvidenceKey[] {
  return world.keys().filter(({ kind, subject }) => {
    if (!JUDGING.has(kind) || fates.get(`${kind} ${subject}`) !== 'altered') return false;
    if (kind === 'commit-refs') return true;
    const components = bound(world);
    if (kind === 'local-measurements') return components.includes('guestos');
    if (kind === 'local-image') return components.some((component) => subject.endsWith(`/${component}`));
    return components.some((component) => subject.includes(DIRECTORIES[component]));
  });
}

/** The comparisons without which nothing may be called verified, found without asking the checks. */
function required(world: World, fates: ReadonlyMap<string, Fate>): readonly boolean[] {
  const of = (kind: string, part: string) =>
    world.keys().filter(({ kind: other, subject }) => other === kind && subject.includes(part));
  const some = (kind: string, part: string) =>
    of(kind, part).some((key) => fates.get(`${kind} ${key.subject}`) === 'good');
  return bound(world).flatMap((component) => [
    some('sums', DIRECTORIES[component]),
    some('image', DIRECTORIES[component]),
    some('local-image', component),
    some('commit-refs', ''),
    ...(component === 'guestos' ? [some('measurements', 'guest-os/update-img/'), some('local-measurements', '')] : []),
  ]);
}

const JUDGING = new Set(['image', 'local-image', 'sums', 'measurements', 'local-measurements', 'commit-refs']);
const shows = ({ expected, actual, equal }: Comparison): boolean =>
  expected.value !== null && actual.value !== null && !equal;

describe.each(QUESTIONS)('%s', (_name, overrides) => {
  const fateOf = fc.constantFrom(...FATES);

  it('is verified when every fact is good', () => {
    expect(new World(overrides).verdict().outcome).toBe('verified');
  });

  it('is never verified while a required comparison is missing or a fact contradicts', { timeout: LIMIT_MS }, () => {
    const size = new World(overrides).keys().length;
    const plentyOfGood = fc.oneof(
      { weight: 8, arbitrary: fc.constant<Fate>('good') },
      { weight: 1, arbitrary: fateOf },
    );
    fc.assert(
      fc.property(fc.array(plentyOfGood, { minLength: size, maxLength: size }), fc.boolean(), (fates, backwards) => {
        const world = new World(overrides);
        const keys = world.keys();
        const known = new Map<string, Fate>(
          keys.map(({ kind, subject }, index) => [`${kind} ${subject}`, fates[index]!]),
        );
        keys.forEach((key, index) => meet(world, key, fates[index]!));
        const verdict = world.verdict(backwards);
        if (verdict.outcome === 'verified') {
          expect(required(world, known)).not.toContain(false);
          expect(contradicting(world, known)).toEqual([]);
        }
        if (verdict.outcome === 'mismatch') expect(fates).toContain('altered');
        if (!fates.includes('altered') && !required(world, known).includes(false))
          expect(verdict.outcome).toBe('verified');
        for (const result of verdict.results) {
          if (result.outcome === 'mismatch') expect(result.comparisons.some(shows)).toBe(true);
          if (result.outcome === 'verified') expect(result.comparisons.some(shows)).toBe(false);
          if (result.outcome === 'inconclusive')
            expect(result.reason === null).toBe(result.tier === 'advisory' && result.findings.length > 0);
        }
        expect(world.verdict(!backwards)).toEqual(verdict);
      }),
      { numRuns: isLong ? 5000 : 150 },
    );
  });

  it('is not verified when a single bound fact is altered, and a mismatch is what the checks say', () => {
    for (const key of new World(overrides).keys().filter(({ kind }) => JUDGING.has(kind))) {
      const world = new World(overrides);
      meet(world, key, 'altered');
      expect([key, world.verdict().outcome]).toEqual([key, 'mismatch']);
    }
  });

  it('verifies no cell over no evidence at all', () => {
    const { outcome, results } = new World(overrides).clear().verdict();
    expect(outcome).toBe('inconclusive');
    for (const result of results.filter(({ tier }) => tier !== 'advisory')) {
      expect([result.check, ['inconclusive', 'skipped'].includes(result.outcome)]).toEqual([result.check, true]);
    }
  });

  it('verifies no cell over facts that belong to something else', () => {
    const world = new World(overrides);
    const keys = world.keys();
    world.clear();
    for (const key of keys) world.set({ ...key, subject: `${key.subject}.other` }, good(key) as never);
    const { outcome, results } = world.verdict();
    expect(outcome).toBe('inconclusive');
    const verified = results.filter((result) => result.tier !== 'advisory' && result.outcome === 'verified');
    expect(verified).toEqual([]);
  });

  it('verifies or refutes no cell over facts that all are out of reach', () => {
    for (const fate of ['down', 'absent'] as const) {
      const world = new World(overrides);
      for (const key of world.keys()) meet(world, key, fate);
      const outcomes = world
        .verdict()
        .results.filter(({ tier }) => tier !== 'advisory')
        .map(({ outcome }) => outcome);
      expect(new Set(outcomes.filter((outcome) => outcome !== 'skipped'))).toEqual(new Set(['inconclusive']));
    }
  });
});

it('verifies nothing where a planned check has no cell judged', () => {
  const world = new World();
  const authoritative: CheckId[] = [
    'package-hash',
    'sums-list-artifact',
    'commit-on-release-ref',
    'build-reproduces',
    'measurements-match',
  ];
  const planned = world.plan.cells.filter(({ tier }) => tier === 'authoritative').map(({ check }) => check);
  expect(planned).toEqual(authoritative);
});

describe('over every set of components, tree and absence', () => {
  const ALL: readonly Component[] = ['guestos', 'hostos', 'setupos', 'recovery'];
  const SUBJECTS = [
    COMMIT_SUBJECT,
    election(),
    election({ component: 'hostos' }),
    election({ component: 'recovery' }),
    election({ launchMeasurements: null }),
  ];
  const TREES = [
    null,
    ...[true, false].flatMap((hasRecovery) =>
      [true, false].map((hasMeasurements) => ({ ...TREE, hasRecovery, hasMeasurements })),
    ),
  ];
  const subsets = <T>(items: readonly T[]): readonly (readonly T[])[] =>
    items.reduce<readonly (readonly T[])[]>((sets, item) => sets.flatMap((set) => [set, [...set, item]]), [[]]);
  const ABSENCES = subsets<Target>([...ALL, 'measurements']);
  const fewer = (seed: number) => ABSENCES.filter((_, index) => isLong || index % 8 === seed % 8 || index === 8);

  /** Every look at what the download hosts do not have says so. */
  function releaseWithout(absent: readonly Target[], overrides: Partial<Question>): World {
    const world = new World(overrides);
    for (const key of world.keys().filter(({ kind }) => ['sums', 'image', 'measurements'].includes(kind))) {
      const component = ALL.find((each) => key.subject.includes(`/${DIRECTORIES[each]}`))!;
      if (absent.includes(component) || (key.kind === 'measurements' && absent.includes('measurements'))) {
        meet(world, key, 'absent');
      }
    }
    return world;
  }

  /** Whether a check of images says that these very bytes were compared, and are the same. */
  const isShown = (verdict: Verdict, component: Component): boolean =>
    verdict.results.some(
      (result) =>
        result.outcome === 'verified' &&
        result.tier === 'authoritative' &&
        result.component === component &&
        result.comparisons.some(({ equal, actual }) => equal && actual.value === imageHash(component)),
    );

  it.each(SUBJECTS)('speaks of nothing whose bytes it does not show (%#)', { timeout: LIMIT_MS }, (subject) => {
    const elected = subject.mode === 'proposal' ? [subject.version!.component] : [];
    for (const [index, flags] of subsets(ALL).entries()) {
      for (const tree of TREES) {
        for (const absent of fewer(index)) {
          const verdict = releaseWithout(absent, { subject, flags, facts: { tree, absentOnCdn: absent } }).verdict();
          const leftOut = (target: Target) =>
            target === 'recovery' && tree?.hasRecovery === false && absent.includes(target);
          const whole = subject.mode === 'commit' && flags.length === 0 ? ALL.filter((each) => !leftOut(each)) : [];
          const wanted = [...new Set([...elected, ...flags, ...whole])];
          const lacking = wanted.filter((component) => absent.includes(component));
          const name = JSON.stringify({ flags, tree, absent, headline: verdict.headline });
          if (lacking.length > 0) expect([name, verdict.reason]).toEqual([name, 'not-published']);
          const carried = subject.mode === 'proposal' && subject.version?.launchMeasurements !== null;
          const measured =
            !absent.includes('measurements') ||
            !wanted.includes('guestos') ||
            (tree?.hasMeasurements === false && !(carried && elected.includes('guestos')));
          const isVerified = lacking.length === 0 && measured;
          expect([name, verdict.outcome]).toEqual([name, isVerified ? 'verified' : 'inconclusive']);
          if (isVerified) expect([name, wanted.filter((each) => !isShown(verdict, each))]).toEqual([name, []]);
        }
      }
    }
  });

  it.each(SUBJECTS)('is not verified over a plan that lost the cells of a component (%#)', (subject) => {
    for (const flags of subsets(ALL)) {
      const world = new World({ subject, flags });
      const { scope, plan } = world;
      for (const component of requiredComponents(scope)) {
        for (const lost of [(cell: Cell) => cell.component === component, (cell: Cell) => cell.comparesBytes]) {
          const planned = plan.cells.filter((cell) => !lost(cell));
          const verdict = judge({ scope, planned, skipped: [], evidence: world.evidence(), blocker: null });
          expect([flags, component, verdict.outcome]).toEqual([flags, component, 'inconclusive']);
        }
      }
    }
  });
});
