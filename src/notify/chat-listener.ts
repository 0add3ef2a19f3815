import type { createOperatorFetch } from '../platform/operator-fetch.ts';
import type { Answer } from './command-answer.ts';
import type { Fetch } from './transport.ts';

/** The way on which one chat's commands come in. */
export interface CommandLink {
  /** `discord`, `slack`. */
  readonly name: string;
  /** Connects where that is not so; throws a WatchError where it cannot. */
  readonly connected: (signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What the listeners of a chat may use of the world. */
export interface LinkDeps {
  readonly fetch: Fetch;
  /** Follows the proxy of the environment. */
  readonly dispatcher: ReturnType<typeof createOperatorFetch>['dispatcher'];
  /** For libraries that follow no proxy by themselves. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly answer: Answer;
  /** Takes what went wrong while somebody was answered. */
  readonly failed: (error: unknown) => void;
  /** Called when a chat ended a good connection. */
  readonly lost: (link: string) => void;
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
