/** What a result is marked with wherever people read text: the same on a terminal, in a report and in doctor. */
export const MARKS = { verified: '✔', mismatch: '✖', inconclusive: '?', skipped: '-', warning: '⚠' } as const;

export type Mark = keyof typeof MARKS;
