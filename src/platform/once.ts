/** Does the work at the first call and gives the same answer to every later one. What failed is done again by the next. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    if (result) return result;
    const mine = work();
    result = mine;
    mine.catch(() => {
      if (result === mine) result = undefined;
    });
    return mine;
  };
}
