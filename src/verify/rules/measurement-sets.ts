import type { Comparison } from '../../domain/check.ts';
import type { LaunchMeasurement } from '../../domain/proposal.ts';
import { bounded } from './compare.ts';

/** A list of measurements with where it was seen. */
export interface MeasurementSide {
  readonly source: string;
  readonly entries: readonly LaunchMeasurement[];
}

/** Strangers' files may hold thousands of entries; differences come first, so that the bound never hides them all. */
const SHOWN = 64;
const SHOWN_TEXT = 400;

/** One text for a list as a multiset: the same for any order, different for anything else. */
export function canonicalSet(entries: readonly LaunchMeasurement[]): string {
  return entries.map(canonical).sort().join('\n');
}

/** Entry by entry, what is the same, altered, missing and extra. All are equal if and only if the multisets are. */
export function compareSets(expected: MeasurementSide, actual: MeasurementSide): readonly Comparison[] {
  const numbered = expected.entries.map((entry, index) => ({ entry, label: `launch measurement ${index + 1}` }));
  const exact = pair(numbered, [...actual.entries], canonical);
  const altered = pair(exact.alone, exact.left, ({ measurement }) => measurement.toLowerCase());
  const remeasured = pair(altered.alone, altered.left, (entry) =>
    JSON.stringify([entry.kernelCmdline, entry.vcpuType]),
  );
  const comparisons = [
    ...[...altered.pairs, ...remeasured.pairs].flatMap(({ label, entry, other }) =>
      fields(label, sided(entry, expected.source), sided(other, actual.source)),
    ),
    ...remeasured.alone.map(({ label, entry }) => lone(label, text(entry), 'no such entry', expected, actual)),
    ...remeasured.left.map((entry) => lone('extra launch measurement', 'no such entry', text(entry), expected, actual)),
    ...exact.pairs.map(({ label, entry, other }) =>
      same(label, sided(entry, expected.source), sided(other, actual.source)),
    ),
  ];
  return comparisons.slice(0, SHOWN);
}

interface Numbered {
  readonly entry: LaunchMeasurement;
  readonly label: string;
}

interface Sided {
  readonly entry: LaunchMeasurement;
  readonly source: string;
}

/** Takes one partner with the same key for each entry, and gives what stays alone on either side. */
function pair(
  entries: readonly Numbered[],
  others: readonly LaunchMeasurement[],
  keyOf: (entry: LaunchMeasurement) => string,
): {
  readonly pairs: readonly (Numbered & { readonly other: LaunchMeasurement })[];
  readonly alone: readonly Numbered[];
  readonly left: readonly LaunchMeasurement[];
} {
  const waiting = Map.groupBy(others, keyOf);
  const pairs: (Numbered & { other: LaunchMeasurement })[] = [];
  const alone: Numbered[] = [];
  for (const numbered of entries) {
    const other = waiting.get(keyOf(numbered.entry))?.shift();
    if (other) pairs.push({ ...numbered, other });
    else alone.push(numbered);
  }
  return { pairs, alone, left: [...waiting.values()].flat() };
}

function fields(label: string, expected: Sided, actual: Sided): readonly Comparison[] {
  const named: readonly [string, (entry: LaunchMeasurement) => string | null][] = [
    ['measurement', ({ measurement }) => measurement.toLowerCase()],
    ['kernel_cmdline', ({ kernelCmdline }) => kernelCmdline],
    ['vcpu_type', ({ vcpuType }) => vcpuType],
  ];
  return named
    .map(([name, read]) => ({ name, left: read(expected.entry), right: read(actual.entry) }))
    .filter(({ left, right }) => left !== right)
    .map(({ name, left, right }) => ({
      label: `${label}, ${name}`,
      expected: { value: shown(left), source: expected.source },
      actual: { value: shown(right), source: actual.source },
      equal: false,
    }));
}

function same(label: string, expected: Sided, actual: Sided): Comparison {
  return {
    label,
    expected: { value: text(expected.entry), source: expected.source },
    actual: { value: text(actual.entry), source: actual.source },
    equal: true,
  };
}

function lone(
  label: string,
  left: string,
  right: string,
  expected: MeasurementSide,
  actual: MeasurementSide,
): Comparison {
  return {
    label,
    expected: { value: left, source: expected.source },
    actual: { value: right, source: actual.source },
    equal: false,
  };
}

function sided(entry: LaunchMeasurement, source: string): Sided {
  return { entry, source };
}

/** A field that is not given differs from an empty one. */
function shown(value: string | null): string {
  return value === null ? '(not given)' : bounded(value, SHOWN_TEXT);
}

function text({ measurement, kernelCmdline, vcpuType }: LaunchMeasurement): string {
  return bounded(`${measurement.toLowerCase()} ${shown(vcpuType)} ${shown(kernelCmdline)}`, SHOWN_TEXT);
}

function canonical({ measurement, kernelCmdline, vcpuType }: LaunchMeasurement): string {
  return JSON.stringify([measurement.toLowerCase(), kernelCmdline, vcpuType]);
}
