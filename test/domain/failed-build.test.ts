import { describe, expect, it } from 'vitest';
import { unavailable, type BlobName } from '../../src/domain/evidence.ts';
import { askedOfBuild, courseOf, type AskedOfBuild } from '../../src/domain/failed-build.ts';
import type { BuildOutcome } from '../../src/domain/ports.ts';
import { BUILD, imageHash, MEASUREMENTS, MEASUREMENTS_SHA, proposal, seen, version } from '../support/evidence.ts';

const LOG = 'ab'.repeat(32) as BlobName;
const lost = unavailable('absent', 'build-failed', 'Exit 0, but no file.', 'here', 1);
const GUESTOS: AskedOfBuild = { component: 'guestos', measurements: true };
const GOOD: BuildOutcome = {
  build: seen(BUILD),
  images: new Map([['guestos', seen({ sha256: imageHash('guestos'), bytes: 1 })]]),
  measurements: seen({ sha256: MEASUREMENTS_SHA, bytes: 1, entries: MEASUREMENTS }),
};
const course = (code: string, file?: BlobName) => {
  const build = { ...unavailable('limit', code, 'Why.', 'here', 1), ...(file ? { file } : {}) };
  return courseOf({ build, images: new Map(), measurements: build }, GUESTOS);
};

describe('what a build came to', () => {
  it('costs nothing where the machine or whoever stopped it kept it from running', () => {
    for (const code of ['host-unfit', 'not-built', 'interrupted']) expect(course(code)).toBe('kept');
  });

  it('counts as failed where it ran, also where its own log blames this machine', () => {
    for (const code of ['build-failed', 'build-timeout', 'host-unfit']) expect(course(code, LOG)).toBe('failed');
    expect(course('interrupted', LOG), 'a stop of ours').toBe('kept');
  });

  it('counts as failed where it says success and leaves out, or spoils, a file that is asked for', () => {
    expect(courseOf(GOOD, GUESTOS)).toBe('gave');
    for (const images of [new Map(), new Map([['guestos', lost]] as const)]) {
      expect(courseOf({ ...GOOD, images }, GUESTOS)).toBe('failed');
    }
    const garbled = seen({ sha256: MEASUREMENTS_SHA, bytes: 1, entries: null });
    for (const measurements of [lost, garbled]) {
      expect(courseOf({ ...GOOD, measurements }, GUESTOS)).toBe('failed');
      expect(courseOf({ ...GOOD, measurements }, { ...GUESTOS, measurements: false })).toBe('gave');
    }
  });
});

describe('what is asked of a build', () => {
  it('is the elected image, and its launch measurements where the proposal or the source has them', () => {
    const bare = { action: { kind: 'elect-guestos' as const, version: version({ launchMeasurements: null }) } };
    const hostos = { action: { kind: 'elect-hostos' as const, version: version({ component: 'hostos' }) } };
    const retiring = { action: { kind: 'retire-only' as const, component: 'guestos' as const, retires: [] } };
    expect(askedOfBuild(proposal(), null)).toEqual(GUESTOS);
    expect(askedOfBuild(bare, null).measurements).toBe(false);
    expect(askedOfBuild(bare, { hasMeasurements: true })).toEqual(GUESTOS);
    expect(askedOfBuild(hostos, { hasMeasurements: true })).toEqual({ component: 'hostos', measurements: false });
    expect(askedOfBuild(retiring, null)).toEqual({ component: null, measurements: false });
  });
});
