import { WatchError } from '../domain/errors.ts';

export interface FormOptions {
  /** How often this notice was tried before. */
  readonly attempt: number;
  /** Whether no form of it would be taken: a key that is revoked, a channel that is gone. */
  readonly hopeless: (thrown: unknown) => boolean;
}

/** Whoever breaks off or stays silent so often may do so over what is sent: then something smaller is offered as well. */
const BROKEN_TRIES = 2;
const NOT_ABOUT_CONTENT = /^chat-cancelled$|-rate-limited$|-http-429$/;

/**
 * Sends the fullest form that is taken. A form that cannot be made, or that the other side refuses, gives way to the
 * next, smaller one: the size or the oddity of strangers' data must not cost the alert. Where the way broke at any
 * form, that is what is thrown, since it passes.
 */
export async function firstTaken<F, T>(
  forms: readonly (() => F)[],
  send: (form: F) => Promise<T>,
  options: FormOptions,
): Promise<T> {
  let failure: unknown;
  for (const make of forms) {
    try {
      return await send(make());
    } catch (thrown) {
      if (!isTransport(failure)) failure = thrown;
      if (!mayBeContent(thrown, options)) break;
    }
  }
  throw failure;
}

function mayBeContent(thrown: unknown, { attempt, hopeless }: FormOptions): boolean {
  if (!(thrown instanceof WatchError)) return true;
  if (hopeless(thrown)) return false;
  if (thrown.kind === 'transport') return attempt >= BROKEN_TRIES && !NOT_ABOUT_CONTENT.test(thrown.code);
  return thrown.kind === 'rejected' || thrown.kind === 'bug';
}

function isTransport(thrown: unknown): boolean {
  return thrown instanceof WatchError && thrown.kind === 'transport';
}

/** What can be made of something that may be odd; null where it cannot. */
export function orNull<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}
