/** Runs work, at most so many pieces at once; the others wait in the order in which they came. */
export function createLimiter(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= most) await new Promise<void>((turn) => waiting.push(turn));
    else running += 1;
    try {
      return await work();
    } finally {
      // The place goes to the next in line, so that nobody who comes now can take it first.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
