import { describe, expect, it } from 'vitest';
import { Evidence } from '../../src/domain/evidence.ts';
import { judge, judgeCells } from '../../src/verify/judge.ts';
import {
  claims,
  COMMIT,
  COMMIT_SUBJECT,
  election,
  flipped,
  ids,
  imageHash,
  key,
  missing,
  OTHER_COMMIT,
  proposal,
  retireOnly,
  seen,
  sumsOf,
  url,
} from '../support/evidence.ts';
import { World } from '../support/world.ts';

const wrong = seen({ sha256: flipped(imageHash('guestos')), bytes: 1 });
const image = (mirror: 'systems' | 'network' = 'systems') => key.image(url('guestos', 'image', mirror));
const local = (attempt: number) => key.localImage(COMMIT, attempt, 'guestos');

describe('a verdict', () => {
  it('of an honest election is verified, with nothing to add', () => {
    const verdict = new World().verdict();
    expect(verdict).toMatchObject({ outcome: 'verified', reason: null, confirmed: null, findings: [], caveats: [] });
    expect(verdict.headline).toBe(
      'VERIFIED: GuestOS image of proposal 143816 reproduces from commit 79c01052b5.' +
        ' Its launch measurements were recomputed from the published image.',
    );
  });

  it('of a commit names every component that was asked for and is in the release', () => {
    const facts = {
      tree: null,
      absentOnCdn: [],
    };
    expect(new World({ subject: COMMIT_SUBJECT, facts }).verdict().headline).toBe(
      'VERIFIED: GuestOS, HostOS, SetupOS and Recovery GuestOS images reproduce from commit 79c01052b5.' +
        ' Its launch measurements were recomputed from the published image.',
    );
    expect(new World({ flags: ['hostos'] }).verdict().headline).toContain(
      'GuestOS and HostOS images of proposal 143816',
    );
  });

  it('has a result for every planned cell, in order, and then those that were skipped', () => {
    const world = new World({ attestations: false });
    const { results } = world.verdict();
    const { cells, skipped } = world.plan;
    expect(results.map(({ check, component, tier }) => ({ check, component, tier }))).toEqual(
      [...cells, ...skipped].map(({ check, component, tier }) => ({ check, component, tier })),
    );
    expect(results.find(({ check }) => check === 'retire-list-in-use')).toEqual({
      check: 'retire-list-in-use',
      component: null,
      tier: 'advisory',
      title: 'No version to retire is still in use',
      outcome: 'skipped',
      sentence: 'The proposal retires no version.',
    });
    expect(results[0]).toMatchObject({ title: 'The files at the proposal’s URLs have the proposal’s hash' });
  });

  it('of an election is a mismatch that names what contradicts', () => {
    const verdict = new World().set(image(), wrong).verdict();
    expect(verdict).toMatchObject({ outcome: 'mismatch', reason: null, confirmed: true });
    expect(verdict.headline).toMatch(/^MISMATCH: A file at the proposal’s URLs .* \(2 contradictions in all\)$/);
  });

  it('says that a mismatch which only one build shows is unconfirmed', () => {
    const once = new World().set(local(1), wrong).verdict();
    expect(once).toMatchObject({ outcome: 'mismatch', confirmed: false });
    expect(once.headline).toMatch(
      /^MISMATCH: The GuestOS image built on this machine \(one build\).* UNCONFIRMED: only one build/,
    );
    const twice = new World().set(local(1), wrong).set(local(2), wrong).verdict();
    expect(twice).toMatchObject({ outcome: 'mismatch', confirmed: true });
    expect(twice.headline).not.toContain('UNCONFIRMED');
    expect(twice.headline).not.toContain('contradictions in all');
  });

  it('tells a contradiction that stands before one that a second build may take back', () => {
    const attestation = { status: 'signed', claims: claims('guestos', { sourceDigest: OTHER_COMMIT }) } as const;
    const refuted = new World().set(local(1), wrong);
    for (const mirror of ['systems', 'network'] as const) {
      const report = seen({ digest: sumsOf('guestos').sha256, attestations: [attestation] });
      refuted.set(key.attestations(url('guestos', 'checksums', mirror)), report);
    }
    const hostos = seen({ sha256: flipped(imageHash('hostos')), bytes: 1 });
    const twice = new World().set(local(1), wrong);
    twice.set(key.localImage(COMMIT, 1, 'hostos'), hostos).set(key.localImage(COMMIT, 2, 'hostos'), hostos);
    const worlds: [World, string][] = [
      [refuted, 'MISMATCH: The SHA256SUMS of the GuestOS is attested, but not by'],
      [twice, 'MISMATCH: The HostOS image built on this machine (two builds)'],
    ];
    for (const [world, begin] of worlds) {
      const { headline, confirmed } = world.verdict();
      expect(confirmed).toBe(true);
      expect(headline).toContain(begin);
      expect(headline).toContain('(2 contradictions in all)');
      expect(headline).not.toContain('UNCONFIRMED');
    }
  });

  it('is inconclusive with the sentence of the first reason', () => {
    const verdict = new World()
      .set(local(1), missing('limit', 'build-timeout', 'The build took too long.'))
      .set(key.commitRefs(COMMIT), missing())
      .verdict();
    expect(verdict).toMatchObject({ outcome: 'inconclusive', reason: 'unreachable' });
    expect(verdict.reasons).toEqual(['unreachable', 'build-timeout']);
    expect(verdict.headline).toBe('INCONCLUSIVE (unreachable): The branches and tags of dfinity/ic could not be read.');
  });

  it('does not take the words of another cell that is open for the same reason', () => {
    const world = new World();
    for (const mirror of ['systems', 'network'] as const) {
      world.set(key.image(url('hostos', 'image', mirror)), missing());
      world.set(image(mirror), missing());
    }
    expect(world.verdict().headline).toMatch(/^INCONCLUSIVE \(unreachable\): The GuestOS image could not be compared/);
  });

  it('makes gaps of corroborating cells caveats, in the check’s own words where it has some', () => {
    const world = new World();
    for (const mirror of ['systems', 'network'] as const) {
      world.set(key.image(url('hostos', 'image', mirror)), missing());
      world.set(key.attestations(url('guestos', 'checksums', mirror)), missing());
    }
    const verdict = world.verdict();
    expect(verdict.outcome).toBe('verified');
    expect(ids(verdict.caveats)).toEqual([
      'sums-list-artifact/unreachable',
      'build-reproduces/unreachable',
      'mirrors-agree/unreachable',
      'provenance/unavailable',
    ]);
    expect(verdict.caveats[0]?.sentence).toMatch(
      /^HostOS, “The published SHA256SUMS lists these files” is inconclusive: /,
    );
  });

  it('names the check alone where a corroborating gap is of no component', () => {
    const { scope, plan } = new World();
    const cells = plan.cells.filter(({ check }) => check === 'commit-on-release-ref');
    const planned = cells.map((cell) => ({ ...cell, tier: 'corroborating' }) as const);
    const { caveats } = judge({ scope, planned, skipped: [], evidence: new Evidence(), blocker: null });
    expect(caveats).toMatchObject([
      {
        id: 'commit-on-release-ref/unreachable',
        sentence: expect.stringMatching(
          /^“The commit is on a branch or tag of dfinity.ic” is inconclusive: /,
        ) as string,
      },
    ]);
  });

  it('makes no caveat of an authoritative gap or of silent advice', () => {
    const world = new World().set(key.commitRefs(COMMIT), missing()).set(key.dashboard(proposal().id), missing());
    expect(world.verdict().caveats).toEqual([]);
  });

  it('says in the headline that attestations were not checked', () => {
    const verdict = new World({ attestations: false }).verdict();
    expect(verdict.outcome).toBe('verified');
    expect(ids(verdict.caveats)).toEqual(['provenance/skipped']);
    expect(verdict.headline).toMatch(/^VERIFIED: .* Attestations were not checked\.$/);
    const nothing = new World({ attestations: false, subject: retireOnly([OTHER_COMMIT]) }).verdict();
    expect(nothing.caveats).toEqual([]);
    expect(nothing.headline).not.toContain('Attestations');
  });

  it('says serious findings in the headline, and only those', () => {
    const missingField = new World({ subject: election({ launchMeasurements: null }) }).verdict();
    expect(missingField.outcome).toBe('verified');
    expect(missingField.headline).toContain(' WARNING: The proposal carries no launch measurements');
    expect(ids(missingField.findings)).toEqual(['payload-lint/measurements-missing', 'dashboard-agrees/differs']);
    expect(missingField.headline).not.toContain('dashboard');
  });

  it('shows two serious findings in the headline and counts the others', () => {
    const retires = Array.from({ length: 5 }, (_, index) => `${index}`.repeat(40));
    const inUse = retires.map((version) => ({ version, by: 'a subnet' }));
    const headline = (count: number) => {
      const registry = seen({ inUse: inUse.slice(0, count), notRead: [], registryVersion: '1' });
      return new World({ subject: election({ retires }) }).set(key.registry(), registry).verdict().headline;
    };
    expect(headline(5).match(/WARNING/g)).toHaveLength(2);
    expect(headline(5)).toMatch(/ 3 more serious findings\.$/);
    expect(headline(2)).not.toContain('more serious');
    expect(headline(1).match(/WARNING/g)).toHaveLength(1);
  });

  it('tells a finding once, however many cells found it', () => {
    const report = seen({ ...buildReport, leftBehind: 1 });
    expect(ids(new World().set(key.build(COMMIT, 1), report).verdict().findings)).toEqual([
      'build-reproduces/left-running',
    ]);
  });
});

const buildReport = {
  exitCode: 0,
  signal: null,
  seconds: 1,
  logBytes: 1,
  logTruncated: false,
  leftBehind: 0,
  treeDirty: false,
  builder: 'here',
};

it('judges single cells early, while most facts are still missing', () => {
  const world = new World().clear().set(image(), wrong);
  const early = world.plan.cells.filter(({ phase }) => phase === 'before-build');
  const mismatches = judgeCells(early, world.scope, world.evidence()).filter(({ outcome }) => outcome === 'mismatch');
  expect(mismatches.map(({ check, component }) => [check, component])).toEqual([['package-hash', 'guestos']]);
});
