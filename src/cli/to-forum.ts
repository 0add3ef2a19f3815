import { openForum } from '../app/compose-forum.ts';
import { asWatchError, WatchError } from '../domain/errors.ts';
import { plainText } from '../domain/text.ts';
import { placeReview } from '../operator/forum-review.ts';
import type { Reader } from '../operator/queries.ts';
import { reviewText, storedDocument } from '../operator/verdict-documents.ts';
import { EXIT } from './exit-codes.ts';
import { untilInterrupted } from './interrupt.ts';
import { printFailure } from './marks.ts';

/** Flags of `show --forum-draft`. */
interface ForumFlags {
  readonly topic?: string;
  readonly reply?: boolean;
  readonly post?: string;
  readonly envFile?: string;
}

/** Nothing is written there that was not asked for by its flag. */
export async function toForum(
  what: string,
  { topic, reply = false, post, envFile }: ForumFlags,
  reader: Reader,
): Promise<number> {
  const order = { topic: numberOf('--topic', topic), reply, post: numberOf('--post', post) };
  const found = await reader.find(what);
  const document = found && storedDocument(found.history, reader);
  const review = found && document && reviewText(found.history, document);
  if (!found || review === null) {
    throw new WatchError('input', 'no-verdict', `There is no verdict on ${plainText(what, 80)}.`);
  }
  const { forum, close } = openForum(envFile, untilInterrupted().signal);
  try {
    process.stdout.write(`${await placeReview(forum, review, found.history, order)}\n`);
    return EXIT.verified;
  } catch (thrown) {
    const { kind, code, message } = asWatchError(thrown);
    if (kind !== 'transport' && kind !== 'rejected') throw thrown;
    printFailure(`${plainText(message, 400)} (${code})`);
    return EXIT.unhealthy;
  } finally {
    await close();
  }
}

function numberOf(flag: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new WatchError('input', 'forum-number', `${flag} takes a number, such as 66231.`);
}
