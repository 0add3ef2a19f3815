/** What went wrong, as far as the reaction to it differs. The kind decides whether to try again. */
export type ErrorKind =
  | 'transport' // no answer, a broken one, or a server's own trouble
  | 'rejected' // the other side, or our own rules for addresses, said no
  | 'untrusted' // a signature, certificate or freshness test failed
  | 'malformed' // an answer that cannot be read
  | 'limit' // more bytes, time, pages or redirects than we allow
  | 'input' // the user's or the operator's mistake
  | 'bug';

/** The one error class of the program. `code` is specific and unique; `cause` keeps what was caught. */
export class WatchError extends Error {
  override readonly name = 'WatchError';
  readonly kind: ErrorKind;
  /** kebab-case, stable: tests and logs use it. */
  readonly code: string;
  /** Seconds that the other side asked us to wait before the next try. */
  readonly retryAfter: number | undefined;

  constructor(kind: ErrorKind, code: string, message: string, options: { cause?: unknown; retryAfter?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.code = code;
    this.retryAfter = options.retryAfter;
  }
}

/** Any thrown value as a WatchError; what we did not throw ourselves is a bug. */
export function asWatchError(thrown: unknown): WatchError {
  if (thrown instanceof WatchError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new WatchError('bug', 'unexpected', message, { cause: thrown });
}

/** Makes a `switch` over a closed union exhaustive at compile time. */
export function unreachable(value: never): never {
  throw new WatchError('bug', 'unreachable-case', `unexpected value ${String(value)}`);
}
