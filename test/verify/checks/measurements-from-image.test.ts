import { describe, expect, it } from 'vitest';
import { evidenceKey } from '../../../src/domain/evidence.ts';
import type { MeasuredImage } from '../../../src/domain/measured-image.ts';
import type { LaunchMeasurement } from '../../../src/domain/proposal.ts';
import { COMMIT_SUBJECT, election, imageHash, MEASUREMENTS, missing, seen, url } from '../../support/evidence.ts';
import { measuredFrom } from '../../support/measured-from.ts';
import { World } from '../../support/world.ts';

const sha256 = imageHash('guestos');
const KEYS = [evidenceKey.measured(url('guestos', 'image')), evidenceKey.measured(url('guestos', 'image', 'network'))];

function judged(image: Partial<MeasuredImage>, world = new World()) {
  for (const key of KEYS) world.set(key, seen(measuredFrom(MEASUREMENTS, { sha256, ...image })));
  return world.say('measurements-from-image', 'guestos');
}
const carrying = (first: Partial<LaunchMeasurement>): World =>
  new World({
    subject: election({ launchMeasurements: [{ ...MEASUREMENTS[0]!, ...first }, ...MEASUREMENTS.slice(1)] }),
  });
const ids = (findings: readonly { id: string }[]): string[] => findings.map(({ id }) => id);

describe('measurements-from-image', () => {
  it('is verified where the image gives every measurement', () => {
    const { outcome, comparisons } = judged({});
    expect(outcome).toBe('verified');
    expect(comparisons.length).toBe(6);
    expect(comparisons.every(({ equal }) => equal)).toBe(true);
  });

  it('reads the published measurements where there is no proposal that carries any', () => {
    expect(judged({}, new World({ subject: COMMIT_SUBJECT })).outcome).toBe('verified');
    expect(judged({}, new World({ subject: election({ launchMeasurements: null }) })).outcome).toBe('verified');
  });

  it('is a mismatch where the root partition is not what the command lines demand', () => {
    expect(judged({ rootHash: 'ff' })).toMatchObject({ outcome: 'mismatch', localOnly: false });
  });

  it('is a mismatch where a measured command line is not the image’s', () => {
    expect(judged({}, carrying({ kernelCmdline: 'root=A enforcing=0' })).outcome).toBe('mismatch');
  });

  it('is a mismatch where the measured command line is another one of the image’s', () => {
    expect(judged({}, carrying({ kernelCmdline: MEASUREMENTS[1]!.kernelCmdline })).outcome).toBe('mismatch');
  });

  it('is open, with a serious finding, where a digest is one flipped digit from the image’s', () => {
    const result = judged({}, carrying({ measurement: `b1${'a1'.repeat(47)}` }));
    expect(result).toMatchObject({ outcome: 'inconclusive', reason: 'unlisted' });
    expect(result.findings).toMatchObject([{ id: 'measurements-from-image/digest-not-found', severity: 'serious' }]);
  });

  it('finds a type of processor that is not the measured one, and a count that no release had', () => {
    expect(ids(judged({}, carrying({ vcpuType: 'EPYC-Genoa' })).findings)).toEqual([
      'measurements-from-image/other-vcpu-type',
    ]);
    const matches = measuredFrom(MEASUREMENTS, { sha256 }).matches.map((match) => ({ ...match, vcpus: 48 }));
    const odd = judged({ matches });
    expect(odd.outcome).toBe('verified');
    expect(ids(odd.findings)).toEqual(['measurements-from-image/vcpu-count']);
  });

  it('is open where nothing ties the measurements to the root partition', () => {
    expect(judged({ rootHash: null }).outcome).toBe('inconclusive');
    const bootArgs = measuredFrom(MEASUREMENTS, { sha256 }).bootArgs.map((each) => ({ ...each, rootHash: null }));
    expect(judged({ bootArgs }).outcome).toBe('inconclusive');
  });

  it('is open where another image was read than the elected one', () => {
    expect(judged({ sha256: imageHash('hostos') })).toMatchObject({ outcome: 'inconclusive', reason: 'unreachable' });
  });

  it('is open, with a caveat, where the image cannot be read or was not', () => {
    const world = new World();
    for (const key of KEYS) world.set(key, missing('malformed', 'image-no-ovmf', 'no firmware'));
    expect(world.say('measurements-from-image', 'guestos')).toMatchObject({
      outcome: 'inconclusive',
      reason: 'not-published',
    });
    const { outcome, caveats, headline } = world.verdict();
    expect(outcome).toBe('verified');
    expect(caveats.map(({ id }) => id)).toContain('measurements-from-image/not-published');
    expect(headline).not.toContain('recomputed');
    for (const key of KEYS) world.set(key, undefined);
    expect(world.say('measurements-from-image', 'guestos').outcome).toBe('inconclusive');
  });
});
