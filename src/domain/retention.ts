import type { Outcome } from './check.ts';

/** What something that is kept belongs to. */
export interface Retained {
  /** Its election is still open, or work is left for it. */
  readonly open: boolean;
  /** null: no verdict, or nothing that we know of. */
  readonly outcome: Outcome | null;
  /** UTC milliseconds. */
  readonly atMs: number;
}

export interface RetainedItem extends Retained {
  readonly name: string;
  readonly bytes: number;
}

/** What others may still want to look at goes last. */
const RANK: Readonly<Record<Outcome, number>> = { verified: 1, inconclusive: 2, mismatch: 3 };

/**
 * What has to go so that all of it fits the budget: nothing of an open election; of the rest the oldest verified first,
 * mismatches last.
 */
export function toRemove(
  kept: readonly RetainedItem[],
  usedBytes: number,
  budgetBytes: number,
): readonly RetainedItem[] {
  const rank = ({ outcome }: RetainedItem): number => (outcome === null ? 0 : RANK[outcome]);
  const inLine = kept.filter(({ open }) => !open).sort((a, b) => rank(a) - rank(b) || a.atMs - b.atMs);
  let excess = usedBytes - budgetBytes;
  return inLine.filter(({ bytes }) => {
    if (excess <= 0) return false;
    excess -= bytes;
    return bytes > 0;
  });
}
