import type { CommitId } from '../../src/domain/ids.ts';
import type { CommitLock } from '../../src/domain/ports.ts';

/** A lock over the callers within one test. */
export function memoryLock(): CommitLock {
  const holders = new Map<CommitId, Promise<void>>();
  return {
    acquire: async (commit, signal) => {
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      for (let held = holders.get(commit); held && !signal.aborted; held = holders.get(commit)) {
        await Promise.race([held, aborted]);
      }
      if (signal.aborted) return undefined;
      let free: () => void = () => undefined;
      const mine = new Promise<void>((resolve) => (free = resolve));
      holders.set(commit, mine);
      return {
        release: async () => {
          if (holders.get(commit) === mine) holders.delete(commit);
          free();
        },
      };
    },
  };
}
