import type { Attestation, UnavailableKind } from '../../src/domain/evidence.ts';
import type { LaunchMeasurement } from '../../src/domain/proposal.ts';
import { COMMIT, flipped, imageHash, key, MEASUREMENTS, missing, seen, sumsOf, url } from '../support/evidence.ts';
import type { World } from '../support/world.ts';

export type Change = (world: World) => unknown;
export const MIRRORS = ['systems', 'network'] as const;
export const [first, ...rest] = MEASUREMENTS as [LaunchMeasurement, ...LaunchMeasurement[]];
export const bytes = (component: 'guestos' | 'hostos' = 'guestos') =>
  seen({ sha256: flipped(imageHash(component)), bytes: 1 });
export const image = (mirror: 'systems' | 'network') => key.image(url('guestos', 'image', mirror));
export const sums = (mirror: 'systems' | 'network') => key.sums(url('guestos', 'checksums', mirror));
export const local = (attempt = 1) => key.localImage(COMMIT, attempt, 'guestos');
export const everywhere =
  (keyAt: typeof image | typeof sums, look: Parameters<World['set']>[1]): Change =>
  (world) => {
    for (const mirror of MIRRORS) world.set(keyAt(mirror), look as never);
  };
export const attested =
  (attestations: readonly Attestation[]): Change =>
  (world) => {
    for (const mirror of MIRRORS) {
      const digest = sumsOf('guestos').sha256;
      world.set(key.attestations(url('guestos', 'checksums', mirror)), seen({ digest, attestations }));
    }
  };
export const measured =
  (entries: readonly LaunchMeasurement[]): Change =>
  (world) =>
    world.set(
      key.measurements(url('guestos', 'measurements', 'network')),
      seen({ sha256: flipped(imageHash('hostos')), bytes: 1, entries }),
    );
export const built =
  (code: string, kind: UnavailableKind = 'rejected'): Change =>
  (world) =>
    world.set(local(), missing(kind, code)).set(key.localMeasurements(COMMIT, 1), missing(kind, code));
export const nothing: Change = () => undefined;
