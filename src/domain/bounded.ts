/** The text, or its beginning with a mark; never half of a surrogate pair. */
export function bounded(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const start = text.slice(0, limit - 1);
  return `${start.replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** How long texts and lists may be. */
export interface Measure {
  readonly text: number;
  readonly items: number;
}

/**
 * A copy of a JSON value in which no text and no list is longer. What differs comes first where not all of a list fits.
 * `cut.any` is set where anything is left out.
 */
export function shortened(value: unknown, measure: Measure, cut: { any: boolean }): unknown {
  if (typeof value === 'string') {
    if (value.length <= measure.text) return value;
    cut.any = true;
    return `${value.slice(0, measure.text - 1).toWellFormed()}…`;
  }
  if (typeof value !== 'object' || value === null) return value;
  const inner = (one: unknown): unknown => shortened(one, measure, cut);
  if (Array.isArray(value)) {
    cut.any ||= value.length > measure.items;
    const kept = value.length > measure.items ? differingFirst(value).slice(0, measure.items) : value;
    return kept.map(inner);
  }
  const entries = Object.entries(value);
  cut.any ||= entries.length > measure.items;
  return Object.fromEntries(entries.slice(0, measure.items).map(([key, one]) => [key, inner(one)]));
}

/** Those that differ before those that do not; otherwise in their order. */
export function differingFirst<T>(list: readonly T[]): readonly T[] {
  const differs = (one: unknown): boolean => {
    const { equal, outcome } = (one ?? {}) as { equal?: unknown; outcome?: unknown };
    return equal === false || outcome === 'mismatch';
  };
  return [...list.filter(differs), ...list.filter((one) => !differs(one))];
}

/** From all of a value to next to nothing of strangers’ texts, lists and tables. */
export const MEASURES: readonly Measure[] = [
  { text: 10_000, items: Infinity },
  { text: 2000, items: 200 },
  { text: 600, items: 50 },
  { text: 300, items: 16 },
];

/** The fullest copy of a JSON value whose text has at most so many UTF-16 units; the shortest there is where none has. */
export function fitting<T>(value: T, limit: number): T {
  let copy = value;
  if (JSON.stringify(copy).length <= limit) return copy;
  for (const measure of MEASURES) {
    copy = shortened(value, measure, { any: false }) as T;
    if (JSON.stringify(copy).length <= limit) break;
  }
  return copy;
}
