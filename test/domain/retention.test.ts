import { describe, expect, it } from 'vitest';
import { toRemove, type RetainedItem } from '../../src/domain/retention.ts';

function kept(name: string, changes: Partial<RetainedItem> = {}): RetainedItem {
  return { name, bytes: 10, open: false, outcome: 'verified', atMs: 0, ...changes };
}

const ALL = [
  kept('mismatch', { outcome: 'mismatch', atMs: 1 }),
  kept('new', { atMs: 9 }),
  kept('old', { atMs: 5 }),
  kept('open', { open: true }),
  kept('unclear', { outcome: 'inconclusive', atMs: 2 }),
];
const names = (excess: number): string[] => toRemove(ALL, 100 + excess, 100).map(({ name }) => name);

describe('making room', () => {
  it('takes nothing within the budget, and no more than is needed beyond it', () => {
    expect(names(0)).toEqual([]);
    expect(names(1)).toEqual(['old']);
    expect(names(11)).toEqual(['old', 'new']);
  });

  it('takes mismatches last, and open elections never', () => {
    expect(names(1000)).toEqual(['old', 'new', 'unclear', 'mismatch']);
  });
});
