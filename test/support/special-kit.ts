import { unavailable, type Attestation, type EvidenceKey, type Observation } from '../../src/domain/evidence.ts';
import type { MEASUREMENTS } from './evidence.ts';
import {
  ABSENT,
  claims,
  COMMIT,
  election,
  flipped,
  imageHash,
  key,
  MEASUREMENTS_SHA,
  missing,
  OTHER_COMMIT,
  seen,
  sumsOf,
  url,
} from './evidence.ts';
import { World } from './world.ts';

export const world = (
  changes: readonly (readonly [EvidenceKey, Observation<unknown> | undefined])[] = [],
  of = {},
): World => {
  const made = new World(of);
  for (const [at, look] of changes) made.set(at, look as never);
  return made;
};
export const local = (attempt: number) => key.localImage(COMMIT, attempt, 'guestos');
export const other = seen({ sha256: flipped(imageHash('guestos')), bytes: 1 }, 'another build');
export const right = seen({ sha256: imageHash('guestos'), bytes: 1 }, 'the right build');
export const third = seen({ sha256: flipped(imageHash('hostos')), bytes: 1 }, 'a third build');
export const attested = (...attestations: Attestation[]) =>
  (['systems', 'network'] as const).map(
    (mirror) =>
      [
        key.attestations(url('guestos', 'checksums', mirror)),
        seen({ digest: sumsOf('guestos').sha256, attestations }),
      ] as const,
  );
export const signed = (overrides: Parameters<typeof claims>[1]): Attestation => ({
  status: 'signed',
  claims: claims('guestos', overrides),
});
export const both = (role: 'checksums' | 'measurements' | 'image', look: Observation<unknown>) =>
  (['systems', 'network'] as const).map((mirror) => {
    const at = url('guestos', role, mirror);
    return [{ checksums: key.sums(at), measurements: key.measurements(at), image: key.image(at) }[role], look] as const;
  });
export const code = (name: string) => unavailable('rejected', name, `It is ${name}.`, 'here', 0, false);
export const measured = (attempt: number, entries: typeof MEASUREMENTS | null) =>
  [
    key.localMeasurements(COMMIT, attempt),
    seen({ sha256: MEASUREMENTS_SHA, bytes: 1, entries }, `build ${attempt}`),
  ] as const;
export const retired = (version: string, notRead: readonly ('subnets' | 'hostos-nodes')[] = []) =>
  world(
    [[key.registry(), seen({ inUse: [{ version: OTHER_COMMIT, by: 'subnet a' }], notRead, registryVersion: '7' })]],
    { subject: election({ retires: [version] }) },
  );

export const KEYS = ['systems', 'network'] as const;
export const oneEach = (role: 'checksums' | 'measurements' | 'image'): World => {
  const [first, second] = both(role, ABSENT);
  return world([first!, [second![0], missing()]]);
};
