import { afterEach, expect } from 'vitest';
import type { SimElection } from './outside.ts';
import { BEGIN, HOUR, Timeline, type TimelineOptions } from './timeline.ts';

/** For the tests of one file, a story each: the real loops and the real database on a virtual clock. */
export class TimelineRig {
  timeline!: Timeline;

  constructor() {
    afterEach(() => this.timeline.end());
  }

  readonly begin = async (elections: readonly SimElection[], options: TimelineOptions = {}): Promise<Timeline> => {
    this.timeline = new Timeline(elections, options);
    await this.timeline.start();
    return this.timeline;
  };
}

export const deadline = (hours: number): number => BEGIN + hours * HOUR;
export const between = (hours: number, from: number, to: number): void => {
  expect(hours).toBeGreaterThanOrEqual(from);
  expect(hours).toBeLessThanOrEqual(to);
};
/** Reminders that no story of a day reaches by itself. */
export const NO_REMINDERS = { settings: { REMINDERS: '1m' } };
/** Long stories need no tick each minute. */
export const SLOW = { discover: 600, verify: 300, clock: 300, deliver: 300, build: 300 };
