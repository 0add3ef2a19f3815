/** The way on which one chat's commands come in. */
export interface CommandLink {
  /** `discord`, `slack`. */
  readonly name: string;
  /** Connects where that is not so; throws a WatchError where it cannot. */
  readonly connected: (signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The outcome of `work`, or an error of its own once it takes too long or nobody wants it any more. */
export async function within<T>(work: Promise<T>, milliseconds: number, signal: AbortSignal, late: Error): Promise<T> {
  const enough = AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]);
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(late);
  if (enough.aborted) stop();
  enough.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    enough.removeEventListener('abort', stop);
  }
}
