import { bounded } from '../../domain/bounded.ts';
import type { Comparison, Side } from '../../domain/check.ts';
import type { FileHash, Observation } from '../../domain/evidence.ts';

/** Equal only if both sides were observed. */
export function compare(label: string, expected: Side, actual: Side): Comparison {
  return { label, expected, actual, equal: expected.value !== null && expected.value === actual.value };
}

/** Both sides were observed, and they are not the same: the only ground for a mismatch. */
export function contradicts({ expected, actual, equal }: Comparison): boolean {
  return expected.value !== null && actual.value !== null && !equal;
}

/** The digest that was observed, in lower case; null where it was not observed. */
export function hashSide(look: Observation<Pick<FileHash, 'sha256'>> | undefined, where: string): Side {
  if (look?.status !== 'observed') return { value: null, source: look?.source ?? where };
  return { value: look.value.sha256.toLowerCase(), source: look.source };
}

/** Strangers' text within a sentence, bounded; it is escaped where it is shown. */
export function quote(text: string, limit = 80): string {
  return `“${bounded(text, limit)}”`;
}

/** `one`, `one and two`, `one, two and three`. */
export function listing(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}
