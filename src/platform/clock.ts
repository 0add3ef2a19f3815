import { setTimeout as wait } from 'node:timers/promises';

/** Time as a parameter, so that tests about deadlines and back-off need not wait. */
export interface Clock {
  /** UTC milliseconds. */
  now(): number;
  /** Ends early, without a word, when the signal is aborted: whoever waits looks at the signal anyway. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await wait(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
  },
};
