import type { Comparison } from '../../domain/check.ts';
import type { LaunchMeasurement } from '../../domain/proposal.ts';
import { bounded } from '../../domain/bounded.ts';

/** A list of measurements with where it was seen. */
export interface MeasurementSide {
  readonly source: string;
  readonly entries: readonly LaunchMeasurement[];
}

/** Strangers' files may hold thousands of entries; differences come first, so that the bound never hides them all. */
const SHOWN = 64;
const SHOWN_TEXT = 400;
/** Honest releases have no two entries of the same bytes: more than these are not matched, and differ. */
const MATCHED = 64;

/** One text for a list as a multiset: the same for any order, different for anything else. */
export function canonicalSet(entries: readonly LaunchMeasurement[]): string {
  return entries.map(canonical).sort().join('\n');
}

/**
 * How two lists stand to each other. `absent`: the same bytes, and some command line or CPU type that only one of the
 * two gives. Nothing that both give may differ.
 */
export type Agreement = 'same' | 'absent' | 'differs';

export function agreement(left: readonly LaunchMeasurement[], right: readonly LaunchMeasurement[]): Agreement {
  const { partly, altered } = pairUp(left, right);
  if (altered.alone.length > 0 || altered.left.length > 0) return 'differs';
  return partly.length > 0 ? 'absent' : 'same';
}

/** Entry by entry, what differs, is missing and extra, what only one side gives, and what is the same. */
export function compareSets(expected: MeasurementSide, actual: MeasurementSide): readonly Comparison[] {
  const { exact, partly, altered } = pairUp(expected.entries, actual.entries);
  const changed = pair(altered.alone, altered.left, digits);
  const remeasured = pair(changed.alone, changed.left, (entry) =>
    JSON.stringify([entry.kernelCmdline, entry.vcpuType]),
  );
  const sides = ({ entry, other }: Pair): readonly [Sided, Sided] => [
    sided(entry, expected.source),
    sided(other, actual.source),
  ];
  const comparisons = [
    ...[...changed.pairs, ...remeasured.pairs].flatMap((each) => fields(each.label, ...sides(each))),
    ...remeasured.alone.map(({ label, entry }) => lone(label, text(entry), 'no such entry', expected, actual)),
    ...remeasured.left.map((entry) => lone('extra launch measurement', 'no such entry', text(entry), expected, actual)),
    ...partly.flatMap((each) => given(each.label, ...sides(each))),
    ...exact.map((each) => same(each.label, ...sides(each))),
  ];
  return comparisons.slice(0, SHOWN);
}

/** Entries that are exactly the same are each other's, whatever else would fit; only what is left may be matched. */
function pairUp(
  expected: readonly LaunchMeasurement[],
  actual: readonly LaunchMeasurement[],
): { readonly exact: readonly Pair[]; readonly partly: readonly Pair[]; readonly altered: Rest } {
  const numbered = expected.map((entry, index) => ({ entry, label: `launch measurement ${index + 1}` }));
  const exact = pair(numbered, [...actual], canonical);
  const byDigits = Map.groupBy(exact.left, digits);
  const groups = [...Map.groupBy(exact.alone, ({ entry }) => digits(entry))].map(([bytes, alone]) => {
    const left = byDigits.get(bytes) ?? [];
    byDigits.delete(bytes);
    const pairs = matchAll(alone, left);
    return pairs ? { pairs, alone: [], left: [] } : { pairs: [], alone, left };
  });
  const alone = groups.flatMap((group) => group.alone);
  const left = [...groups.flatMap((group) => group.left), ...[...byDigits.values()].flat()];
  return { exact: exact.pairs, partly: groups.flatMap(({ pairs }) => pairs), altered: { alone, left } };
}

/** A whole pairing in which nothing that both entries give differs; null where there is none (augmenting paths). */
function matchAll(entries: readonly Numbered[], others: readonly LaunchMeasurement[]): readonly Pair[] | null {
  if (entries.length !== others.length || entries.length > MATCHED) return null;
  const holder = new Map<number, number>();
  const place = (at: number, tried: Set<number>): boolean =>
    others.some((other, index) => {
      if (tried.has(index) || !fits(entries[at]?.entry, other)) return false;
      tried.add(index);
      const held = holder.get(index);
      if (held !== undefined && !place(held, tried)) return false;
      holder.set(index, at);
      return true;
    });
  if (!entries.every((_, at) => place(at, new Set()))) return null;
  const partner = new Map([...holder].map(([index, at]) => [at, others[index]]));
  return entries.flatMap((numbered, at) => {
    const other = partner.get(at);
    return other ? [{ ...numbered, other }] : [];
  });
}

function fits(left: LaunchMeasurement | undefined, right: LaunchMeasurement): boolean {
  const agree = (one: string | null, other: string | null): boolean => one === null || other === null || one === other;
  return left !== undefined && agree(left.kernelCmdline, right.kernelCmdline) && agree(left.vcpuType, right.vcpuType);
}

interface Rest {
  readonly alone: readonly Numbered[];
  readonly left: readonly LaunchMeasurement[];
}

type Pair = Numbered & { readonly other: LaunchMeasurement };

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
): Rest & { readonly pairs: readonly Pair[] } {
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
  return [{ name: 'measurement', read: digits }, ...METADATA]
    .map(({ name, read }) => ({ name, left: read(expected.entry), right: read(actual.entry) }))
    .filter(({ left, right }) => left !== right)
    .map(({ name, left, right }) => ({
      label: `${label}, ${name}`,
      expected: { value: shown(left), source: expected.source },
      actual: { value: shown(right), source: actual.source },
      equal: false,
    }));
}

/** The bytes, which are the same, and what only one of the two gives: not observed on the other side. */
function given(label: string, expected: Sided, actual: Sided): readonly Comparison[] {
  const bytes = { value: digits(expected.entry), source: expected.source };
  const row = { label, expected: bytes, actual: { ...bytes, source: actual.source }, equal: true };
  const absent = METADATA.map(({ name, read }) => ({ name, left: read(expected.entry), right: read(actual.entry) }))
    .filter(({ left, right }) => (left === null) !== (right === null))
    .map(({ name, left, right }) => ({
      label: `${label}, ${name}`,
      expected: { value: left && bounded(left, SHOWN_TEXT), source: expected.source },
      actual: { value: right && bounded(right, SHOWN_TEXT), source: actual.source },
      equal: false,
    }));
  return [row, ...absent];
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

const METADATA: readonly { readonly name: string; readonly read: (entry: LaunchMeasurement) => string | null }[] = [
  { name: 'kernel_cmdline', read: ({ kernelCmdline }) => kernelCmdline },
  { name: 'vcpu_type', read: ({ vcpuType }) => vcpuType },
];

function digits({ measurement }: LaunchMeasurement): string {
  return measurement.toLowerCase();
}

/** What the entries of one list give and those of the other do not, in words: `vcpu_type`. */
export function absentFields(
  comparisons: readonly Comparison[],
): readonly { readonly field: string; readonly source: string }[] {
  const lacking = comparisons.flatMap(({ label, expected, actual }) =>
    [expected, actual]
      .filter(({ value }) => value === null)
      .map(({ source }) => ({ field: label.replace(/^.*, /, ''), source })),
  );
  return [...new Map(lacking.map((each) => [`${each.field} ${each.source}`, each])).values()];
}

function canonical({ measurement, kernelCmdline, vcpuType }: LaunchMeasurement): string {
  return JSON.stringify([measurement.toLowerCase(), kernelCmdline, vcpuType]);
}
