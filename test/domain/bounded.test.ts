import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitting, shortened } from '../../src/domain/bounded.ts';
import { boundedMeasurements } from '../../src/domain/measurement-bounds.ts';
import type { LaunchMeasurement } from '../../src/domain/proposal.ts';
import { verdictDocument } from '../../src/domain/verdict-document.ts';
import { Evidence, evidenceKey } from '../../src/domain/evidence.ts';
import { sha256 } from '../../src/platform/hash.ts';
import { agreement } from '../../src/verify/rules/measurement-sets.ts';
import { COMMIT, proposal, seen, version } from '../support/evidence.ts';

const short = (list: readonly LaunchMeasurement[]) => boundedMeasurements(list, sha256);

describe('measurements as they are kept', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 5 }),
    fc.tuple(fc.constantFrom('x', 'é'), fc.integer({ min: 2045, max: 2052 })).map(([one, times]) => one.repeat(times)),
  );
  const entry = fc.record({
    measurement: fc.constantFrom('a1', 'b2', 'c3'.repeat(1500), 'c3'.repeat(1501)),
    kernelCmdline: fc.option(text),
    vcpuType: fc.option(fc.constantFrom('EPYC-v4', 'v'.repeat(4000))),
  });

  it('are the same where the lists are, in any order, and differ where they differ', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 6 }),
        fc.array(entry, { maxLength: 6 }),
        fc.boolean(),
        (one, two, long) => {
          const filler = long ? Array.from({ length: 70 }, (_, at) => ({ ...EMPTY, measurement: `ff${at + 10}` })) : [];
          const [left, right] = [
            [...filler, ...one],
            [...[...two].reverse(), ...filler],
          ];
          const same = agreement(left, right) === 'same';
          expect(agreement(short(left), short(right)) === 'same').toBe(same);
          expect(agreement(short(left), short([...left].reverse()))).toBe('same');
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are untouched where they are as honest releases have them, and small however long they were', () => {
    const honest = [{ measurement: 'a1'.repeat(48), kernelCmdline: 'x'.repeat(2048), vcpuType: 'EPYC-v4' }];
    expect(short(honest)).toEqual(honest);
    const huge = Array.from({ length: 5000 }, (_, at) => ({
      ...EMPTY,
      measurement: `${at}`.repeat(at < 70 ? 3000 : 9),
    }));
    expect(JSON.stringify(short(huge)).length).toBeLessThan(200_000);
  });
});

const EMPTY: LaunchMeasurement = { measurement: '', kernelCmdline: null, vcpuType: null };

describe('a verdict document', () => {
  it('has its bound, whatever strangers wrote into a payload and around it', () => {
    const packageUrls = Array.from({ length: 7000 }, (_, at) => `https://${at}.example/${'u'.repeat(90)}`) as [string];
    const retires = Array.from({ length: 7000 }, (_, at) => `${at} ${'r'.repeat(90)}`);
    const told = proposal({
      summary: 's'.repeat(100_000),
      action: { kind: 'elect-guestos', version: version({ packageUrls, retires }) },
    });
    const evidence = new Evidence();
    evidence.add(evidenceKey.proposal(told.id), seen(told));
    const document = verdictDocument({
      ...{ network: 'mainnet', proposal: told, commit: COMMIT, verdict: null, revision: 0, evidence },
      ...{ startedAt: 0, decidedAt: 0, seconds: {}, toolVersion: '1' },
    });
    expect(JSON.stringify(document).length).toBeLessThan(256 * 1024);
    expect(document.version?.packageSha256).toBe(version().packageSha256);
  });

  it('is whole where it is not long', () => {
    const value = { list: Array.from({ length: 1000 }, (_, at) => at), text: 'x'.repeat(20_000) };
    expect(fitting(value, 100_000)).toBe(value);
    const cut = { any: false };
    expect(shortened([{ equal: true }, { equal: false }], { text: 1, items: 1 }, cut)).toEqual([{ equal: false }]);
    expect(cut.any).toBe(true);
  });
});
