/** Numbers from 0 to 1 that are the same for the same seed. @see https://github.com/bryc/code (mulberry32) */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * The seed of this run, printed wherever it matters; NNS_TEST_SEED repeats an earlier one. What gates a change repeats
 * itself; the long run takes a new seed each time.
 */
export const testSeed = Number(
  process.env['NNS_TEST_SEED'] ?? (process.env['NNS_TEST_LONG'] === '1' ? Date.now() % 1_000_000 : 1),
);
export const isLong = process.env['NNS_TEST_LONG'] === '1';
