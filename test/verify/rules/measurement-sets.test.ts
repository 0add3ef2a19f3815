import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LaunchMeasurement } from '../../../src/domain/proposal.ts';
import { agreement, canonicalSet, compareSets } from '../../../src/verify/rules/measurement-sets.ts';
import { MEASUREMENTS } from '../../support/evidence.ts';

const [first, second] = MEASUREMENTS as [LaunchMeasurement, LaunchMeasurement, ...LaunchMeasurement[]];
const compare = (expected: readonly LaunchMeasurement[], actual: readonly LaunchMeasurement[]) =>
  compareSets({ source: 'left', entries: expected }, { source: 'right', entries: actual });
const differing = (expected: readonly LaunchMeasurement[], actual: readonly LaunchMeasurement[]) =>
  compare(expected, actual)
    .filter(({ equal }) => !equal)
    .map(({ label, expected: { value: left }, actual: { value: right } }) => [label, left, right]);

describe('two lists of launch measurements', () => {
  it('shows the field that was altered, with both values', () => {
    expect(differing([first, second], [{ ...first, kernelCmdline: 'other' }, second])).toEqual([
      ['launch measurement 1, kernel_cmdline', first.kernelCmdline, 'other'],
    ]);
    expect(differing([first, second], [first, { ...second, vcpuType: null }])).toEqual([
      ['launch measurement 2, vcpu_type', second.vcpuType, null],
    ]);
    const measurement = 'ff'.repeat(48);
    expect(differing([first, second], [{ ...first, measurement }, second])).toEqual([
      ['launch measurement 1, measurement', first.measurement, measurement],
    ]);
  });

  it('compares and shows digits in lower case', () => {
    const upper = { ...first, measurement: first.measurement.toUpperCase() };
    expect(differing([upper], [{ ...first, kernelCmdline: 'other' }])).toHaveLength(1);
    expect(compare([upper], [first])[0]?.expected.value).toContain(first.measurement);
  });

  it('tells not given from empty', () => {
    expect(differing([{ ...first, vcpuType: null }], [{ ...first, vcpuType: '' }])).toHaveLength(1);
  });

  it('shows what is missing and what is extra', () => {
    expect(differing([first, second], [first])).toEqual([
      ['launch measurement 2', expect.stringContaining(second.measurement), 'no such entry'],
    ]);
    expect(differing([first], [first, second])).toEqual([
      ['extra launch measurement', 'no such entry', expect.stringContaining(second.measurement)],
    ]);
  });

  it('names the source of each side', () => {
    for (const comparison of [...compare([first], [first]), ...compare([first], [second]), ...compare([first], [])]) {
      expect([comparison.expected.source, comparison.actual.source]).toEqual(['left', 'right']);
    }
  });

  it('bounds long texts and long lists without hiding every difference', () => {
    const long = { ...first, kernelCmdline: 'x'.repeat(100_000) };
    const many = Array.from({ length: 5000 }, (_, index) => ({
      ...first,
      measurement: index.toString(16).padStart(96, '0'),
    }));
    expect(Math.max(...compare([long], [first]).map(({ expected }) => expected.value?.length ?? 0))).toBeLessThan(500);
    const comparisons = compare([...many, second], many);
    expect(comparisons).toHaveLength(64);
    expect(comparisons.filter(({ equal }) => !equal)).toHaveLength(1);
  });

  it('is all equal if and only if the multisets are the same', () => {
    const entry = fc.record({
      measurement: fc.constantFrom('aa', 'bb', 'AA'),
      kernelCmdline: fc.constantFrom(null, '', 'x'),
      vcpuType: fc.constantFrom(null, 'v4'),
    });
    const list = fc.array(entry, { maxLength: 6 });
    fc.assert(
      fc.property(list, list, (left, right) => {
        const comparisons = compare(left, right);
        const same = canonicalSet(left) === canonicalSet(right);
        expect(comparisons.every(({ equal }) => equal)).toBe(same);
        expect(comparisons.length).toBeGreaterThanOrEqual(Math.min(left.length, right.length));
      }),
    );
    fc.assert(
      fc.property(fc.shuffledSubarray([...MEASUREMENTS], { minLength: 4 }), (turned) => {
        expect(compare(MEASUREMENTS, turned).every(({ equal }) => equal)).toBe(true);
      }),
    );
  });
});

describe('entries of the same bytes', () => {
  const of = (kernelCmdline: string | null, vcpuType: string | null = 'v') => ({ ...first, kernelCmdline, vcpuType });
  const [a, b, none] = [of('a'), of('b'), of(null)];
  const orders = <T>(items: readonly T[]): readonly (readonly T[])[] =>
    items.length < 2
      ? [items]
      : items.flatMap((item, at) => orders(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));

  it.each([
    [[a], [none], 'absent'],
    [[a, b], [none, a], 'absent'],
    [[a, b], [none, none], 'absent'],
    [[a, none], [a, none], 'same'],
    [[of('a', 'v'), of('b', 'w')], [of('a', null), of(null, 'w')], 'absent'],
    [[of('a', null), of(null, 'v'), of('c', 'w')], [of('c', null), of('b', 'v'), of('a', 'x')], 'absent'],
    [[a, b], [a, a], 'differs'],
    [[a, none], [b, none], 'differs'],
    [[a, a], [a, none, none], 'differs'],
    [[a, b], [none], 'differs'],
    [[of('a', null), none], [of('b', null), none], 'differs'],
    [[of(null), of(null, 'w')], [of('a', 'x'), of('b', 'w')], 'differs'],
    [Array.from({ length: 65 }, () => a), Array.from({ length: 65 }, () => none), 'differs'],
  ] as const)('are matched as a whole, in any order and either way (%#)', (left, right, says) => {
    const [ones, others] = left.length > 4 ? [[left], [right]] : [orders(left), orders(right)];
    for (const one of ones) {
      for (const other of others) {
        expect([agreement(one, other), agreement(other, one)]).toEqual([says, says]);
        const shown = compare([...one], [...other]);
        const contradicts = shown.some(
          ({ expected, actual, equal }) => expected.value !== null && actual.value !== null && !equal,
        );
        expect(contradicts).toBe(says === 'differs');
        expect(shown.every(({ equal }) => equal)).toBe(says === 'same');
      }
    }
  });
});
