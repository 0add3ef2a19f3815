import { describe, expect, it } from 'vitest';
import { problemsOf, type Condition } from '../../src/domain/condition.ts';

const NOW = 10_000_000;
const well: Condition = {
  watching: true,
  loops: [{ loop: 'discover', begunMs: NOW - 9_000_000, lastOkMs: NOW - 60_000, lastFailure: null }],
  troubles: [],
  silenceMs: () => 900_000,
};
const loop = (changes: Partial<Condition['loops'][number]>): Condition => ({
  ...well,
  loops: [{ loop: 'discover', begunMs: null, lastOkMs: null, lastFailure: null, ...changes }],
});
const failure = (atMs: number) => ({ atMs, code: 'http-503', message: 'Busy.\u001b[2J' });

describe('the condition of the program', () => {
  it('is well while somebody watches and every loop ends its rounds well', () => {
    expect(problemsOf(well, NOW)).toEqual([]);
  });

  it('is not well where nothing watches, or nothing ever ended', () => {
    expect(problemsOf({ ...well, watching: false }, NOW)).toEqual([expect.stringContaining('not running')]);
    expect(problemsOf({ ...well, loops: [] }, NOW)).toEqual([expect.stringContaining('No loop')]);
  });

  it('is not well while a trouble lasts', () => {
    const trouble = { key: 'disk', sentence: 'The disk is full.', sinceMs: 1 };
    expect(problemsOf({ ...well, troubles: [trouble] }, NOW)).toEqual(['The disk is full.']);
  });

  it('is not well while a loop fails, and well again after its next good round', () => {
    expect(problemsOf(loop({ lastOkMs: 5, lastFailure: failure(NOW - 5) }), NOW)).toEqual([
      'discover: http-503: Busy.',
    ]);
    expect(problemsOf(loop({ lastFailure: failure(NOW - 5) }), NOW)).toHaveLength(1);
    expect(problemsOf(loop({ lastOkMs: NOW - 4, lastFailure: failure(NOW - 5) }), NOW)).toEqual([]);
  });

  it('is not well when a loop is silent for too long, counted from its start', () => {
    expect(problemsOf(loop({ lastOkMs: NOW - 900_000 }), NOW)).toEqual([]);
    expect(problemsOf(loop({ lastOkMs: NOW - 900_001 }), NOW)).toEqual(['discover: no round has ended for 15 min.']);
    expect(problemsOf(loop({ begunMs: NOW - 60_000 }), NOW)).toEqual([]);
    expect(problemsOf(loop({ begunMs: NOW - 1_000_000 }), NOW)).toHaveLength(1);
    expect(problemsOf(loop({}), NOW)).toEqual(['discover: no round has ended ever.']);
    const older = { lastOkMs: NOW - 5_000_000, begunMs: NOW - 60_000 };
    expect(problemsOf(loop(older), NOW)).toEqual([]);
  });
});
