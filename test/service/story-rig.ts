import { afterEach, expect } from 'vitest';
import type { SimElection } from './outside.ts';
import { BEGIN, HOUR, Story, type StoryOptions } from './story.ts';

/** For the tests of one file, a story each: the real loops and the real database on a virtual clock. */
export class StoryRig {
  story!: Story;

  constructor() {
    afterEach(() => this.story.end());
  }

  readonly begin = async (elections: readonly SimElection[], options: StoryOptions = {}): Promise<Story> => {
    this.story = new Story(elections, options);
    await this.story.start();
    return this.story;
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
