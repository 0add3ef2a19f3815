import { describe, expect, it } from 'vitest';
import type { RegistryVersion } from '../../../src/domain/evidence.ts';
import type { ElectedVersion } from '../../../src/domain/proposal.ts';
import {
  ABSENT,
  COMMIT,
  election,
  flipped,
  imageHash,
  key,
  MEASUREMENTS,
  missing,
  seen,
  version,
} from '../../support/evidence.ts';
import { World } from '../../support/world.ts';

const executed = (elected: Partial<ElectedVersion> = {}) =>
  new World({ subject: election(elected, { status: 'executed' }) });
const { packageSha256: sha256, packageUrls: urls } = version();
const held: RegistryVersion = { sha256, urls, launchMeasurements: MEASUREMENTS };
const say = (record: Partial<RegistryVersion>, world = executed()) =>
  world.set(key.registryVersion('guestos', COMMIT), seen({ ...held, ...record })).say('registry-as-verified');

describe('registry-as-verified', () => {
  it('is verified where hash, URLs and measurements are those of the proposal', () => {
    expect(say({})).toMatchObject({ outcome: 'verified', findings: [] });
    expect(say({ sha256: sha256.toUpperCase(), urls: [...urls].reverse() }).outcome).toBe('verified');
    expect(say({ launchMeasurements: [...MEASUREMENTS].reverse() }).outcome).toBe('verified');
  });

  it.each([
    ['package hash', { sha256: flipped(sha256) }],
    ['list of URLs', { urls: urls.slice(1) }],
    ['list of URLs', { urls: [...urls, 'https://example.org/x'] }],
    ['launch measurements', { launchMeasurements: MEASUREMENTS.slice(1) }],
    ['launch measurements', { launchMeasurements: null }],
    [
      'launch measurements',
      { launchMeasurements: [{ ...MEASUREMENTS[0]!, measurement: '00'.repeat(48) }, ...MEASUREMENTS.slice(1)] },
    ],
  ] as const)('is a mismatch where the %s differs, and changes no verdict (%#)', (what, record) => {
    const said = say(record);
    expect(said).toMatchObject({ outcome: 'mismatch', findings: [{ id: 'registry-as-verified/differs' }] });
    expect(said.sentence).toContain(what);
  });

  it('reads HostOS by its own record, which has no measurements', () => {
    const world = executed({ component: 'hostos' });
    const own = seen({
      sha256: imageHash('hostos'),
      urls: version({ component: 'hostos' }).packageUrls,
      launchMeasurements: null,
    });
    expect(world.set(key.registryVersion('hostos', COMMIT), own).say('registry-as-verified').outcome).toBe('verified');
    expect(key.registryVersion('hostos', COMMIT).subject).toBe(`hostos_version_${COMMIT}`);
  });

  it.each([missing(), ABSENT, missing('malformed'), undefined])(
    'is open where the record was not read (%#)',
    (look) => {
      const said = executed().set(key.registryVersion('guestos', COMMIT), look).say('registry-as-verified');
      expect(said).toMatchObject({ outcome: 'inconclusive', findings: [] });
    },
  );

  it('is skipped before the execution', () => {
    const skipped = new World().plan.skipped.find(({ check }) => check === 'registry-as-verified');
    expect(skipped?.reason).toBe('The proposal is not executed.');
  });
});
