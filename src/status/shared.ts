/**
 * One answer for all who ask within some milliseconds, so that many who ask cost no more than one. What failed is asked
 * again by the next. `now`: milliseconds.
 */
export function shared<T>(ask: () => Promise<T>, ms: number, now: () => number): () => Promise<T> {
  let held: { readonly at: number; readonly answer: Promise<T> } | null = null;
  return () => {
    const at = now();
    if (held && at - held.at < ms && at >= held.at) return held.answer;
    const answer = ask();
    const mine = { at, answer };
    held = mine;
    answer.catch(() => {
      if (held === mine) held = null;
    });
    return answer;
  };
}
