import { describe, expect, it } from 'vitest';
import {
  claims,
  COMMIT,
  election,
  flipped,
  imageHash,
  key,
  MEASUREMENTS,
  missing,
  OTHER_COMMIT,
  seen,
  sumsOf,
  url,
} from '../support/evidence.ts';
import { World } from '../support/world.ts';
import {
  attested,
  bytes,
  first,
  image,
  local,
  measured,
  MIRRORS,
  nothing,
  rest,
  sums,
  type Change,
} from './outcome-cases.ts';

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
