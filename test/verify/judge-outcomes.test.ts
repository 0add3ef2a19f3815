import { describe, expect, it } from 'vitest';
import type { Reason } from '../../src/domain/check.ts';
import type { Attestation, UnavailableKind } from '../../src/domain/evidence.ts';
import type { LaunchMeasurement } from '../../src/domain/proposal.ts';
import {
  ABSENT,
  BUILD,
  claims,
  COMMIT,
  COMMIT_SUBJECT,
  election,
  flipped,
  ids,
  imageHash,
  key,
  MEASUREMENTS,
  missing,
  OTHER_COMMIT,
  proposal,
  retireOnly,
  seen,
  sumsOf,
  TREE,
  url,
  World,
} from '../support/evidence.ts';

type Change = (world: World) => unknown;
const MIRRORS = ['systems', 'network'] as const;
const [first, ...rest] = MEASUREMENTS as [LaunchMeasurement, ...LaunchMeasurement[]];
const bytes = (component: 'guestos' | 'hostos' = 'guestos') =>
  seen({ sha256: flipped(imageHash(component)), bytes: 1 });
const image = (mirror: 'systems' | 'network') => key.image(url('guestos', 'image', mirror));
const sums = (mirror: 'systems' | 'network') => key.sums(url('guestos', 'checksums', mirror));
const local = (attempt = 1) => key.localImage(COMMIT, attempt, 'guestos');
const everywhere =
  (keyAt: typeof image | typeof sums, look: Parameters<World['set']>[1]): Change =>
  (world) => {
    for (const mirror of MIRRORS) world.set(keyAt(mirror), look as never);
  };
const attested =
  (attestations: readonly Attestation[]): Change =>
  (world) => {
    for (const mirror of MIRRORS) {
      const digest = sumsOf('guestos').sha256;
      world.set(key.attestations(url('guestos', 'checksums', mirror)), seen({ digest, attestations }));
    }
  };
const measured =
  (entries: readonly LaunchMeasurement[]): Change =>
  (world) =>
    world.set(
      key.measurements(url('guestos', 'measurements', 'network')),
      seen({ sha256: flipped(imageHash('hostos')), bytes: 1, entries }),
    );
const built =
  (code: string, kind: UnavailableKind = 'rejected'): Change =>
  (world) =>
    world.set(local(), missing(kind, code)).set(key.localMeasurements(COMMIT, 1), missing(kind, code));
const nothing: Change = () => undefined;

describe('the contract’s outcome table: verified', () => {
  it.each<[string, World, Change, readonly string[]]>([
    [
      'upper-case hash',
      new World({ subject: election({ packageSha256: imageHash('guestos').toUpperCase() as never }) }),
      nothing,
      [],
    ],
    [
      'another order of measurements',
      new World({ subject: election({ launchMeasurements: [...MEASUREMENTS].reverse() }) }),
      nothing,
      [],
    ],
    [
      'one URL out of reach',
      new World(),
      (world) => world.set(image('network'), missing()),
      ['package-hash/url-unreachable'],
    ],
    ['attestation absent', new World(), attested([]), ['provenance/expected-not-found']],
    [
      'attestation API down',
      new World(),
      (world) => {
        for (const mirror of MIRRORS) world.set(key.attestations(url('guestos', 'checksums', mirror)), missing());
      },
      ['provenance/unavailable'],
    ],
    [
      'duplicate URL',
      new World({ subject: election({ packageUrls: [url('guestos', 'image'), url('guestos', 'image')] }) }),
      nothing,
      ['payload-lint/duplicate-url', 'payload-lint/single-url'],
    ],
    [
      'unknown host with the right bytes',
      new World({
        subject: election({
          packageUrls: [url('guestos', 'image'), `https://other.example/ic/${COMMIT}/guest-os/update-img/x`],
        }),
      }),
      nothing,
      ['payload-lint/unknown-host'],
    ],
    [
      'text ≠ payload',
      new World({ subject: election({}, { title: `commit ${OTHER_COMMIT}` }) }),
      nothing,
      ['text-matches-payload/title-names-another-commit'],
    ],
    [
      'malformed retire string',
      new World({ subject: election({ retires: ['abc'] }) }),
      nothing,
      ['payload-lint/retire-not-a-commit'],
    ],
    [
      'in-use retire string',
      new World({ subject: election({ retires: [OTHER_COMMIT] }) }),
      (world) =>
        world.set(
          key.registry(),
          seen({ inUse: [{ version: OTHER_COMMIT, by: 'x' }], notRead: [], registryVersion: '1' }),
        ),
      ['retire-list-in-use/in-use'],
    ],
    [
      'a daemon left behind',
      new World(),
      (world) => world.set(key.build(COMMIT, 1), seen({ ...BUILD, leftBehind: 1 })),
      ['build-reproduces/left-running'],
    ],
    [
      'a flooded log',
      new World(),
      (world) => world.set(key.build(COMMIT, 1), seen({ ...BUILD, logTruncated: true })),
      ['build-reproduces/log-flooded'],
    ],
    [
      'commit on master',
      new World(),
      (world) => world.set(key.commitRefs(COMMIT), seen({ presence: 'on-refs', refs: ['refs/heads/master'] })),
      ['commit-on-release-ref/not-a-release-ref'],
    ],
    [
      'GuestOS without the field',
      new World({ subject: election({ launchMeasurements: null }) }),
      nothing,
      ['payload-lint/measurements-missing'],
    ],
    [
      'second build equals the published bytes',
      new World(),
      (world) => world.set(local(1), bytes()).set(local(2), seen({ sha256: imageHash('guestos'), bytes: 1 })),
      ['build-reproduces/not-deterministic'],
    ],
    ['HostOS', new World({ subject: election({ component: 'hostos' }) }), nothing, []],
    ['attestations not checked', new World({ attestations: false }), nothing, ['provenance/skipped']],
    [
      'attestations that do not verify',
      new World(),
      attested([{ status: 'untrusted', code: 'x' }]),
      ['provenance/not-verifiable'],
    ],
    [
      'extra components out of reach',
      new World(),
      (world) => world.set(key.localImage(COMMIT, 1, 'hostos'), missing('rejected', 'build-failed')),
      ['build-reproduces/build-failed'],
    ],
  ])('%s', (_case, world, change, told) => {
    change(world);
    const verdict = world.verdict();
    expect(verdict.outcome).toBe('verified');
    const said = [...ids(verdict.findings), ...ids(verdict.caveats)];
    expect(said).toEqual(expect.arrayContaining([...told]));
    if (told.length === 0) expect(said.filter((id) => !id.startsWith('dashboard'))).toEqual([]);
  });
});

describe('the contract’s outcome table: mismatch', () => {
  it.each<[string, World, Change, string]>([
    ['hash of a complete body differs', new World(), (world) => world.set(image('systems'), bytes()), 'package-hash'],
    [
      'hash swapped in the payload',
      new World({ subject: election({ packageSha256: flipped(imageHash('guestos')) }) }),
      nothing,
      'package-hash',
    ],
    ['a measurement altered', new World(), measured([{ ...first, vcpuType: 'x' }, ...rest]), 'measurements-match'],
    ['a measurement missing', new World(), measured(rest), 'measurements-match'],
    [
      'a measurement extra',
      new World(),
      measured([...MEASUREMENTS, { ...first, kernelCmdline: 'x' }]),
      'measurements-match',
    ],
    [
      'measurements empty in the payload',
      new World({ subject: election({ launchMeasurements: [] }) }),
      nothing,
      'measurements-match',
    ],
    [
      'mirrors serve different bytes',
      new World(),
      (world) => world.set(key.image(url('setupos', 'image', 'network')), bytes()),
      'mirrors-agree',
    ],
    [
      'both mirrors serve and list the same wrong SetupOS',
      new World(),
      (world) => {
        const wrong = flipped(imageHash('setupos'));
        for (const mirror of MIRRORS) {
          world.set(key.image(url('setupos', 'image', mirror)), seen({ sha256: wrong, bytes: 1 }));
          const listed = sumsOf('setupos', { 'disk-img.tar.zst': wrong });
          world.set(key.sums(url('setupos', 'checksums', mirror)), seen(listed));
          const { sha256: digest } = listed;
          world.set(key.attestations(url('setupos', 'checksums', mirror)), seen({ digest, attestations: [] }));
        }
      },
      'build-reproduces',
    ],
    [
      'a sums line with another hash',
      new World(),
      (world) =>
        world.set(sums('network'), seen(sumsOf('guestos', { 'update-img.tar.zst': flipped(imageHash('guestos')) }))),
      'sums-list-artifact',
    ],
    [
      'no attestation satisfies the policy',
      new World(),
      attested([{ status: 'signed', claims: claims('guestos', { sourceDigest: OTHER_COMMIT }) }]),
      'provenance',
    ],
    [
      'fork-only commit',
      new World(),
      (world) => world.set(key.commitRefs(COMMIT), seen({ presence: 'off-refs', refs: [] })),
      'commit-on-release-ref',
    ],
    ['the local build differs', new World(), (world) => world.set(local(), bytes()), 'build-reproduces'],
    [
      'the local build of another component differs',
      new World(),
      (world) => world.set(key.localImage(COMMIT, 1, 'hostos'), bytes('hostos')),
      'build-reproduces',
    ],
    [
      'the local measurements differ',
      new World(),
      (world) =>
        world.set(key.localMeasurements(COMMIT, 1), seen({ sha256: imageHash('hostos'), bytes: 1, entries: rest })),
      'measurements-match',
    ],
    [
      'a mismatch beside an outage',
      new World(),
      (world) => world.set(image('systems'), bytes()).set(key.commitRefs(COMMIT), missing()).set(local(), missing()),
      'package-hash',
    ],
  ])('%s', (_case, world, change, check) => {
    change(world);
    const { outcome, reason, results } = world.verdict();
    expect([outcome, reason]).toEqual(['mismatch', null]);
    expect(results.filter((result) => result.outcome === 'mismatch').map((result) => result.check)).toContain(check);
  });
});

describe('the contract’s outcome table: inconclusive', () => {
  const acting = (action: ReturnType<typeof proposal>['action']): World =>
    new World({ subject: { mode: 'proposal', proposal: proposal({ action }), version: null } });
  it.each<[Reason, string, World, Change]>([
    [
      'malformed-payload',
      'a payload that is not to be understood',
      acting({ kind: 'undecodable', code: 'x', sentence: 'y' }),
      nothing,
    ],
    ['not-an-election', 'another kind of proposal', acting({ kind: 'other' }), nothing],
    ['nothing-to-build', 'a proposal that only retires', new World({ subject: retireOnly([OTHER_COMMIT]) }), nothing],
    [
      'source-withheld',
      'a commit that does not exist upstream',
      new World(),
      (world) => {
        built('not-built')(world);
        world.set(key.commitRefs(COMMIT), seen({ presence: 'missing', refs: [] }));
      },
    ],
    [
      'not-published',
      '404 everywhere',
      new World(),
      (world) => {
        for (const at of [image, sums]) everywhere(at, ABSENT)(world);
      },
    ],
    [
      'unlisted',
      'sums without the line',
      new World(),
      everywhere(sums, seen(sumsOf('guestos', { 'update-img.tar.zst': undefined }))),
    ],
    ['unreachable', 'downloads that break', new World(), everywhere(image, missing('transport', 'short-body'))],
    [
      'unreachable',
      'git down',
      new World(),
      (world) => {
        built('not-built')(world);
        world.set(key.commitRefs(COMMIT), missing()).set(key.tree(COMMIT), missing());
      },
    ],
    ['host-unfit', 'a machine that cannot build', new World(), built('host-unfit')],
    ['build-failed', 'a build that fails', new World(), built('build-failed')],
    ['build-failed', 'a build without the file', new World(), built('output-missing', 'absent')],
    ['build-timeout', 'a build that hangs', new World(), built('build-timeout', 'limit')],
    [
      'not-deterministic',
      'two builds that differ',
      new World(),
      (world) => world.set(local(1), bytes()).set(local(2), bytes('hostos')),
    ],
    ['not-built', '--no-build', new World({ build: false }), built('not-built')],
    [
      'not-built',
      'layout not supported',
      new World(),
      (world) => {
        built('not-built')(world);
        world.set(key.tree(COMMIT), seen({ ...TREE, buildScript: null }));
      },
    ],
    ['interrupted', 'a build that was stopped', new World(), built('interrupted')],
    [
      'not-built',
      'a commit without a build',
      new World({ subject: COMMIT_SUBJECT, build: false }),
      (world) => {
        for (const { component } of world.scope.components) world.set(key.localImage(COMMIT, 1, component), undefined);
      },
    ],
  ])('%s: %s', (reason, _case, world, change) => {
    change(world);
    const verdict = world.verdict();
    expect([verdict.outcome, verdict.reason]).toEqual(['inconclusive', reason]);
    expect(verdict.headline).toContain(`INCONCLUSIVE (${reason}): `);
  });
});
