import { describe, expect, it } from 'vitest';
import type { Attestation, AttestationClaims } from '../../../src/domain/evidence.ts';
import {
  ABSENT,
  claims,
  COMMIT_SUBJECT,
  flipped,
  ids,
  imageHash,
  key,
  missing,
  OTHER_COMMIT,
  seen,
  sumsOf,
  url,
} from '../../support/evidence.ts';
import { World } from '../../support/world.ts';

const MIRRORS = ['systems', 'network'] as const;
const sumsUrl = (mirror: 'systems' | 'network' = 'systems') => url('guestos', 'checksums', mirror);
const digest = sumsOf('guestos').sha256;
const workflow = (file: string, ref: string) => `https://github.com/dfinity/ic/.github/workflows/${file}@${ref}`;
const say = (world: World) => world.say('provenance', 'guestos');
const signed = (overrides: Partial<AttestationClaims> = {}): Attestation => ({
  status: 'signed',
  claims: claims('guestos', overrides),
});

/** The world in which the API lists exactly these attestations. */
function listing(attestations: readonly Attestation[], overrides = {}): World {
  const world = new World(overrides);
  for (const mirror of MIRRORS) world.set(key.attestations(sumsUrl(mirror)), seen({ digest, attestations }, 'the API'));
  return world;
}

const RC = 'refs/heads/rc--2026-09-18_03-30';
const [subject] = claims('guestos').subjects;
const WRONG: [string, Partial<AttestationClaims>][] = [
  ['issuer', { issuer: 'https://token.actions.githubusercontent.com.evil' }],
  ['source repository', { sourceRepository: 'https://github.com/dfinity/ic2' }],
  ['source commit', { sourceDigest: OTHER_COMMIT }],
  ['source branch', { sourceRef: 'refs/heads/feature' }],
  ['source branch', { sourceRef: 'refs/tags/rc--2026' }],
  ['source branch', { sourceRef: 'refs/heads/x-hotfix-1' }],
  ['source branch', { sourceRef: 'refs/heads/of-refs/heads/rc--2026' }],
  ['source branch', { sourceRef: 'refs/heads/rc--2026-09-18_03-30/mine' }],
  ['source branch', { sourceRef: 'refs/heads/master' }],
  ['signing workflow', { signerWorkflow: workflow('evil.yml', RC) }],
  ['signing workflow', { signerWorkflow: workflow('ci-main.yml', 'refs/heads/rc--other') }],
  ['signing workflow', { signerWorkflow: `${workflow('ci-main.yml', RC)}x` }],
  ['signing workflow', { signerWorkflow: workflow('ci-main.yml', RC).replace('dfinity/ic', 'dfinity/other') }],
  ['starting workflow', { buildConfig: workflow('ci-main.yml', RC) }],
  ['starting workflow', { buildConfig: workflow('release-testing.yml', 'refs/heads/rc--other') }],
  ['payload type', { payloadType: 'text/plain' }],
  ['predicate type', { predicateType: 'https://slsa.dev/provenance/v0.2' }],
  ['subject', { subjects: [{ name: subject!.name.replace('guest', 'host'), sha256: digest }] }],
  [
    'subject',
    {
      subjects: [
        { name: subject!.name, sha256: flipped(digest) },
        { name: 'other', sha256: digest },
      ],
    },
  ],
];

describe('provenance of an election', () => {
  it('is verified by the release pipeline’s attestation, with every pin shown', () => {
    const said = say(new World());
    expect(said).toMatchObject({ outcome: 'verified', findings: [], caveats: [] });
    for (const { expected, actual } of said.comparisons) expect(expected.value).toBe(actual.value);
    expect(said.comparisons.map(({ label }) => label)).toEqual([
      'issuer',
      'source repository',
      'source commit',
      'source branch',
      'signing workflow',
      'starting workflow',
      'payload type',
      'predicate type',
      'subject',
    ]);
  });

  it.each([
    [RC, 'ci-main.yml'],
    [RC, 'release-testing.yml'],
    ['refs/heads/hotfix-1', 'ci-main.yml'],
    ['refs/heads/hotfix-1', 'release-testing.yml'],
  ])('accepts %s signed by %s', (ref, file) => {
    const entry = signed({ sourceRef: ref, signerWorkflow: workflow(file, ref) });
    expect(say(listing([entry])).outcome).toBe('verified');
  });

  it('accepts the subject among others, in either case of digits', () => {
    const other = { name: 'other', sha256: flipped(digest) };
    const upper = { name: subject!.name, sha256: digest.toUpperCase() };
    expect(say(listing([signed({ subjects: [other, upper] })])).outcome).toBe('verified');
    expect(say(listing([signed({ subjects: [{ name: 'other', sha256: digest }, subject!] })])).outcome).toBe(
      'verified',
    );
    const decoys = [{ name: subject!.name, sha256: flipped(digest) }, upper];
    expect(say(listing([signed({ subjects: decoys })])).outcome).toBe('verified');
    const decoy = { name: subject!.name, sha256: flipped(digest) };
    expect(say(listing([signed({ subjects: [decoy, subject!] })])).outcome).toBe('verified');
  });

  it.each(WRONG)('is a mismatch when the %s is wrong on the only entry (%#)', (label, overrides) => {
    const said = say(listing([signed(overrides)]));
    expect(said).toMatchObject({ outcome: 'mismatch', localOnly: false });
    const unequal = said.comparisons.filter(({ equal }) => !equal);
    expect(unequal.map((comparison) => comparison.label)).toContain(label);
    for (const { expected, actual } of unequal) expect(expected.value).not.toBe(actual.value);
  });

  it('wants all pins on one entry, and shows the closest one', () => {
    const halves = [
      signed({ sourceDigest: OTHER_COMMIT, issuer: 'other' }),
      signed({ buildConfig: workflow('evil.yml', RC) }),
      signed({ sourceDigest: OTHER_COMMIT, issuer: 'other', payloadType: 'x' }),
    ];
    const said = say(listing(halves));
    expect(said.outcome).toBe('mismatch');
    expect(said.comparisons.filter(({ equal }) => !equal).map(({ label }) => label)).toEqual(['starting workflow']);
    expect(said.comparisons).toHaveLength(9);
  });

  it('shows the first of two entries that are equally close', () => {
    const said = say(listing([signed({ issuer: 'one' }), signed({ issuer: 'two' })]));
    expect(said.comparisons.find(({ label }) => label === 'issuer')?.actual.value).toBe('one');
  });

  it('is verified by one good entry among bad and unreadable ones', () => {
    const bad: Attestation[] = [
      signed({ sourceDigest: OTHER_COMMIT }),
      { status: 'untrusted', code: 'x' },
      { status: 'malformed', code: 'y' },
    ];
    expect(say(listing([...bad, signed()])).outcome).toBe('verified');
    expect(say(listing([signed(), ...bad])).outcome).toBe('verified');
    expect(say(listing(bad)).outcome).toBe('mismatch');
  });

  it.each(['untrusted', 'malformed'] as const)('is a gap with a serious finding when all are %s', (status) => {
    const said = say(listing([{ status, code: 'x' }]));
    expect(said).toMatchObject({ outcome: 'inconclusive', reason: 'untrusted-input' });
    expect(said.findings).toMatchObject([{ id: 'provenance/not-verifiable', severity: 'serious' }]);
    expect(ids(said.caveats)).toEqual(['provenance/not-verifiable']);
  });

  it.each<[string, AttestationClaims['subjects']]>([
    ['another release', [{ name: subject!.name, sha256: flipped(digest) }]],
    ['nothing', []],
  ])('is a gap with a serious finding when the API answers with what is about %s', (_, subjects) => {
    const other = signed({ subjects });
    const said = say(listing([other, { status: 'untrusted', code: 'x' }]));
    expect(said).toMatchObject({ outcome: 'inconclusive', reason: 'untrusted-input' });
    expect(said.findings).toMatchObject([{ id: 'provenance/of-other-files', severity: 'serious' }]);
    expect(ids(said.caveats)).toEqual(['provenance/of-other-files']);
    expect(say(listing([other, signed()])).outcome).toBe('verified');
    expect(say(listing([other, signed({ sourceDigest: OTHER_COMMIT })])).outcome).toBe('mismatch');
  });

  it.each([missing(), ABSENT, undefined])('is a gap with a caveat when the API gives nothing (%#)', (look) => {
    const world = new World();
    for (const mirror of MIRRORS) world.set(key.attestations(sumsUrl(mirror)), look);
    const said = say(world);
    expect(said).toMatchObject({ outcome: 'inconclusive', reason: 'unreachable', findings: [] });
    expect(ids(said.caveats)).toEqual(['provenance/unavailable']);
    expect(say(new World().set(key.attestations(sumsUrl()), look)).outcome).toBe('verified');
  });

  it('is a gap when the attested bytes are not those that were fetched', () => {
    const world = new World();
    const stale = seen({ digest: flipped(digest), attestations: [signed()] });
    for (const mirror of MIRRORS) world.set(key.attestations(sumsUrl(mirror)), stale);
    expect(say(world)).toMatchObject({ outcome: 'inconclusive', reason: 'unreachable' });
    const unseen = new World();
    for (const mirror of MIRRORS) unseen.set(key.sums(sumsUrl(mirror)), missing());
    expect(say(unseen)).toMatchObject({ outcome: 'inconclusive', reason: 'unreachable' });
  });

  it('wants the sums of every mirror attested where they differ', () => {
    const other = sumsOf('guestos', { 'update-img.tar.zst': imageHash('hostos') });
    const world = new World().set(key.sums(sumsUrl('network')), seen(other));
    const none = seen({ digest: other.sha256, attestations: [] });
    expect(say(world).outcome).toBe('inconclusive');
    expect(say(world.set(key.attestations(sumsUrl('network')), none)).outcome).toBe('inconclusive');
    const elsewhere = signed({ subjects: [{ name: subject!.name, sha256: other.sha256 }], sourceDigest: OTHER_COMMIT });
    const evil = seen({ digest: other.sha256, attestations: [elsewhere] });
    expect(say(world.set(key.attestations(sumsUrl('network')), evil)).outcome).toBe('mismatch');
  });
});

describe('provenance of a commit', () => {
  const master = 'refs/heads/master';
  const on = (signer: string, starter: string, ref = master): Attestation =>
    signed({ sourceRef: ref, signerWorkflow: workflow(signer, ref), buildConfig: workflow(starter, ref) });

  it.each([
    ['ci-kickoff.yml', 'ci-kickoff.yml'],
    ['ci-main.yml', 'ci-kickoff.yml'],
    ['ci-main.yml', 'ci-main.yml'],
  ])('accepts the master pipeline too: signed by %s, started by %s', (signer, starter) => {
    expect(say(listing([on(signer, starter)], { subject: COMMIT_SUBJECT })).outcome).toBe('verified');
    expect(say(listing([on(signer, starter)])).outcome).toBe('mismatch');
  });

  it('keeps the pipelines apart', () => {
    const commit = { subject: COMMIT_SUBJECT };
    expect(say(listing([signed()], commit)).outcome).toBe('verified');
    expect(say(listing([on('ci-main.yml', 'release-testing.yml')], commit)).outcome).toBe('mismatch');
    expect(say(listing([on('ci-kickoff.yml', 'ci-kickoff.yml', RC)], commit)).outcome).toBe('mismatch');
    expect(say(listing([on('ci-kickoff.yml', 'ci-kickoff.yml', 'refs/heads/master2')], commit)).outcome).toBe(
      'mismatch',
    );
  });
});

it('is skipped where attestations were not to be checked', () => {
  const { plan, scope } = new World({ attestations: false });
  expect(plan.cells.some(({ check }) => check === 'provenance')).toBe(false);
  expect(plan.skipped.filter(({ check }) => check === 'provenance')).toHaveLength(scope.components.length);
  expect(plan.evidence.some(({ kind }) => kind === 'attestations')).toBe(false);
});
