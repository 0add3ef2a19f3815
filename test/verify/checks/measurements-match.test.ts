import { describe, expect, it } from 'vitest';
import type { LaunchMeasurement } from '../../../src/domain/proposal.ts';
import {
  ABSENT,
  COMMIT,
  COMMIT_SUBJECT,
  election,
  ids,
  key,
  MEASUREMENTS,
  MEASUREMENTS_SHA,
  missing,
  seen,
  TREE,
  url,
} from '../../support/evidence.ts';
import { World } from '../../support/world.ts';

const cdn = (mirror: 'systems' | 'network') => key.measurements(url('guestos', 'measurements', mirror));
const local = (attempt: number) => key.localMeasurements(COMMIT, attempt);
const file = (entries: readonly LaunchMeasurement[] | null) =>
  seen({ sha256: MEASUREMENTS_SHA, bytes: 1, entries }, 'a file');
const say = (world: World) => world.say('measurements-match', 'guestos');
const [first, ...rest] = MEASUREMENTS as [LaunchMeasurement, ...LaunchMeasurement[]];
const without = (subject = election({ launchMeasurements: null })): World => new World({ subject });

const ALTERED: [string, readonly LaunchMeasurement[]][] = [
  ['measurement altered', [{ ...first, measurement: `b${first.measurement.slice(1)}` }, ...rest]],
  ['kernel_cmdline altered', [{ ...first, kernelCmdline: 'root=C' }, ...rest]],
  ['kernel_cmdline empty', [{ ...first, kernelCmdline: '' }, ...rest]],
  ['vcpu_type altered', [{ ...first, vcpuType: 'EPYC-Milan' }, ...rest]],
  ['vcpu_type empty', [{ ...first, vcpuType: '' }, ...rest]],
  ['missing', rest],
  ['extra', [...MEASUREMENTS, { ...first, measurement: 'ee'.repeat(48) }]],
  ['extra twin', [...MEASUREMENTS, first]],
  ['twin for another', [first, first, ...rest.slice(1)]],
  ['all missing', []],
];

describe('measurements-match of an election', () => {
  it('is verified when proposal, mirrors and build agree', () => {
    const said = say(new World());
    expect(said).toMatchObject({ outcome: 'verified', findings: [], caveats: [] });
    expect(said.comparisons).toHaveLength(12);
    expect(said.sentence).toContain('the proposal');
  });

  it('does not mind the order or the case of digits', () => {
    const turned = [...MEASUREMENTS].reverse();
    const upper = MEASUREMENTS.map((entry) => ({ ...entry, measurement: entry.measurement.toUpperCase() }));
    expect(say(new World().set(cdn('network'), file(turned)).set(local(1), file(upper))).outcome).toBe('verified');
    expect(say(new World({ subject: election({ launchMeasurements: turned }) })).outcome).toBe('verified');
  });

  it.each(ALTERED)('is a mismatch when one mirror has one %s', (_what, entries) => {
    for (const mirror of ['systems', 'network'] as const) {
      const said = say(new World().set(cdn(mirror), file(entries)));
      expect(said).toMatchObject({ outcome: 'mismatch', localOnly: false });
      expect(said.comparisons.some(({ equal }) => !equal)).toBe(true);
    }
  });

  it.each(ALTERED)('is a mismatch that only the build shows when the build has one %s', (_what, entries) => {
    const said = say(new World().set(local(1), file(entries)));
    expect(said).toMatchObject({ outcome: 'mismatch', localOnly: true, confirmed: false });
    expect(said.sentence).toContain('(one build)');
    expect(said.comparisons.slice(0, 8).every(({ equal }) => equal)).toBe(true);
    expect(said.comparisons.slice(8).some(({ equal }) => !equal)).toBe(true);
    const twice = say(new World().set(local(1), file(entries)).set(local(2), file(entries)));
    expect(twice).toMatchObject({ outcome: 'mismatch', localOnly: true, confirmed: true });
    expect(twice.sentence).toContain('(two builds)');
  });

  it.each(ALTERED)('is a mismatch when the proposal has one %s', (_what, entries) => {
    expect(say(new World({ subject: election({ launchMeasurements: entries }) }))).toMatchObject({
      outcome: 'mismatch',
      localOnly: false,
    });
  });

  it('tells a contradiction of published files before anything is built', () => {
    const world = new World().set(local(1), undefined).set(cdn('network'), file(rest));
    expect(say(world)).toMatchObject({ outcome: 'mismatch', localOnly: false });
    expect(world.plan.cells.find(({ check }) => check === 'measurements-match')?.phase).toBe('before-build');
  });

  it('is a mismatch when the field is there but empty, whatever else was seen', () => {
    const subject = election({ launchMeasurements: [] });
    const worlds = [new World({ subject }), new World({ subject }).clear()];
    const none = new World({ subject }).set(cdn('systems'), file([])).set(cdn('network'), file([]));
    for (const world of [...worlds, none.set(local(1), file([]))]) {
      expect(say(world)).toMatchObject({ outcome: 'mismatch', localOnly: false });
      expect(say(world).comparisons).toMatchObject([{ equal: false, actual: { value: 'none' } }]);
    }
  });

  it.each(['kernelCmdline', 'vcpuType'] as const)(
    'tells of a %s that only some sides give, and takes it for no lie',
    (field) => {
      const without = MEASUREMENTS.map((entry) => ({ ...entry, [field]: null }));
      const worlds = [
        new World({ subject: election({ launchMeasurements: without }) }),
        new World({ subject: election({ launchMeasurements: [{ ...first, [field]: null }, ...rest] }) }),
        new World().set(cdn('network'), file(without)),
        new World().set(cdn('systems'), file(without)).set(cdn('network'), file(without)),
        new World().set(local(1), file(without)),
      ];
      for (const world of worlds) {
        const said = say(world);
        expect(said.outcome).toBe('verified');
        expect(said.findings[0]).toMatchObject({ id: 'measurements-match/metadata-absent', severity: 'warning' });
        expect(said.comparisons.some(({ expected, actual }) => expected.value === null || actual.value === null)).toBe(
          true,
        );
      }
    },
  );

  it.each(['kernelCmdline', 'vcpuType'] as const)(
    'lets no side without a %s stand between two that differ',
    (field) => {
      const without = MEASUREMENTS.map((entry) => ({ ...entry, [field]: null }));
      const other = MEASUREMENTS.map((entry) => ({ ...entry, [field]: 'other' }));
      const subject = election({ launchMeasurements: without });
      const mirrors = say(new World({ subject }).set(cdn('network'), file(other)));
      expect(mirrors).toMatchObject({ outcome: 'mismatch', localOnly: false });
      const built = say(new World({ subject }).set(local(1), file(other)));
      expect(built).toMatchObject({ outcome: 'mismatch', localOnly: true });
      for (const { comparisons } of [mirrors, built]) {
        expect(comparisons.some(({ expected, actual, equal }) => expected.value && actual.value && !equal)).toBe(true);
      }
    },
  );

  it('needs all three sides', () => {
    const noCdn = new World().set(cdn('systems'), ABSENT).set(cdn('network'), ABSENT);
    expect(say(noCdn)).toMatchObject({ outcome: 'inconclusive', reason: 'not-published' });
    const down = new World().set(cdn('systems'), ABSENT).set(cdn('network'), missing());
    expect(say(down)).toMatchObject({ outcome: 'inconclusive', reason: 'unreachable' });
    const unbuilt = new World().set(local(1), missing('rejected', 'build-timeout'));
    expect(say(unbuilt)).toMatchObject({ outcome: 'inconclusive', reason: 'build-timeout' });
    const neither = noCdn.set(local(1), missing('rejected', 'build-failed'));
    expect(say(neither)).toMatchObject({ outcome: 'inconclusive', reason: 'not-published' });
    const withheld = neither.set(local(1), missing('rejected', 'not-built'));
    withheld.set(key.commitRefs(COMMIT), seen({ presence: 'missing', refs: [] }));
    expect(say(withheld)).toMatchObject({ outcome: 'inconclusive', reason: 'source-withheld' });
    expect(say(unbuilt).comparisons).toHaveLength(8);
    expect(say(new World().clear()).outcome).toBe('inconclusive');
  });

  it('is a mismatch of proposal and build even while no mirror answers', () => {
    const world = new World().set(cdn('systems'), missing()).set(cdn('network'), missing()).set(local(1), file(rest));
    expect(say(world)).toMatchObject({ outcome: 'mismatch', localOnly: true });
  });

  it('makes one mirror out of reach a caveat', () => {
    const said = say(new World().set(cdn('network'), missing()));
    expect(said.outcome).toBe('verified');
    expect(ids(said.caveats)).toEqual(['measurements-match/mirror-unreachable']);
    expect(said.caveats[0]?.sentence).toContain('download.dfinity.network');
  });

  it('never reads unreadable bytes as measurements', () => {
    const unreadable = new World().set(cdn('systems'), file(null)).set(cdn('network'), file(null));
    expect(say(unreadable)).toMatchObject({ outcome: 'inconclusive', reason: 'not-published' });
    expect(say(unreadable).sentence).toContain('cannot be read');
    const half = new World().set(cdn('systems'), file(null)).set(cdn('network'), missing());
    expect(say(half)).toMatchObject({ outcome: 'inconclusive', reason: 'unreachable' });
    const built = say(new World().set(local(1), file(null)));
    expect(built).toMatchObject({ outcome: 'inconclusive', reason: 'build-failed' });
    expect(say(new World().set(cdn('network'), file(null))).caveats).toHaveLength(1);
  });

  it.each([
    [rest, MEASUREMENTS],
    [MEASUREMENTS, rest],
  ])('is verified with a finding when only one of two builds agrees (%#)', (one, two) => {
    const said = say(new World().set(local(1), file(one)).set(local(2), file(two)));
    expect(said.outcome).toBe('verified');
    expect(ids(said.findings)).toEqual(['measurements-match/not-deterministic']);
    expect(said.comparisons.every(({ equal }) => equal)).toBe(true);
  });

  it('is inconclusive when two builds differ from each other and from the published', () => {
    const said = say(new World().set(local(1), file(rest)).set(local(2), file([first])));
    expect(said).toMatchObject({ outcome: 'inconclusive', reason: 'not-deterministic' });
    expect(said.comparisons.filter(({ equal }) => !equal)).toHaveLength(4);
    expect(said.comparisons.slice(0, 8).every(({ equal }) => equal)).toBe(true);
  });

  it('still compares mirrors and build where the proposal does not carry the field', () => {
    expect(say(without())).toMatchObject({ outcome: 'verified' });
    expect(say(without()).sentence).not.toContain('proposal');
    expect(say(without().set(local(1), file(rest)))).toMatchObject({ outcome: 'mismatch', localOnly: true });
    expect(say(without().set(cdn('network'), file(rest)))).toMatchObject({ outcome: 'mismatch', localOnly: false });
    expect(say(without().set(local(1), missing('rejected', 'build-failed'))).reason).toBe('build-failed');
    const unpublished = without().set(cdn('systems'), ABSENT).set(cdn('network'), ABSENT);
    expect(say(unpublished)).toMatchObject({ outcome: 'inconclusive', reason: 'not-published' });
  });
});

describe('measurements-match of a commit', () => {
  it('compares mirrors and build, and never verifies empty lists', () => {
    const world = () => new World({ subject: COMMIT_SUBJECT });
    expect(say(world()).outcome).toBe('verified');
    expect(say(world().set(local(1), file(rest))).outcome).toBe('mismatch');
    const empty = world().set(cdn('systems'), file([])).set(cdn('network'), file([])).set(local(1), file([]));
    expect(say(empty)).toMatchObject({ outcome: 'inconclusive', reason: 'not-published' });
  });

  it('is skipped where the release has none and the payload carries none, and planned otherwise', () => {
    const facts = { tree: { ...TREE, hasMeasurements: false }, absentOnCdn: ['measurements'] as const };
    const planned = (world: World) => world.plan.cells.filter(({ check }) => check === 'measurements-match');
    const skipped = new World({ subject: election({ launchMeasurements: null }), facts });
    expect(planned(skipped)).toEqual([]);
    expect(skipped.plan.skipped).toContainEqual({
      check: 'measurements-match',
      component: 'guestos',
      tier: 'authoritative',
      reason: 'This release has no launch measurements.',
    });
    expect(planned(new World({ facts }))).toMatchObject([{ component: 'guestos', tier: 'authoritative' }]);
    expect(planned(new World({ subject: COMMIT_SUBJECT, flags: ['hostos'] }))).toEqual([]);
    expect(planned(new World({ subject: election({ component: 'hostos' }) }))).toMatchObject([
      { tier: 'corroborating' },
    ]);
  });
});
