import { describe, expect, it } from 'vitest';
import {
  builtAgain,
  BUILD,
  COMMIT,
  election,
  ids,
  imageHash,
  key,
  MEASUREMENTS,
  missing,
  OTHER_COMMIT,
  seen,
  url,
} from '../support/evidence.ts';
import { World } from '../support/world.ts';
import { attested, bytes, image, local, MIRRORS, nothing, type Change } from './outcome-cases.ts';

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
      (world) => builtAgain().reduce((all, [each, look]) => all.set(each, look as never), world.set(local(1), bytes())),
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
