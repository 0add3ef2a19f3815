import { WatchError } from '../domain/errors.ts';
import { plainText } from '../domain/text.ts';
import { duration } from '../config/values.ts';

/** A time of a flag, written as in the settings. Gives milliseconds. */
export function parseDuration(flag: string, text: string): number {
  const read = duration.safeParse(text);
  if (read.success) return read.data;
  const why = read.error.issues.map(({ message }) => message).join(', ');
  throw new WatchError('input', 'duration', `${flag} ${why} (given: ${plainText(text, 40)}).`);
}
