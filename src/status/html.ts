import { html, raw } from 'hono/html';
import { plainText } from '../domain/text.ts';

/** Markup that was made here: the one thing that is put into a page as it is. */
export type Html = ReturnType<typeof raw>;

export type Part = Html | string | number | null | false | readonly Part[];

/** Longer texts are cut: no page needs more of what a stranger wrote. */
const MOST = 2000;

/** Markup; every text that is put into it is made plain, and escaped by the library, so that it can only be read. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const made = html(strings, ...parts.map(plain));
  // Only promises among the parts make one, and there are none.
  return made instanceof Promise ? raw('') : made;
}

/** Markup that is ours word for word: nothing of a stranger's is in it. */
export function ourMarkup(text: string): Html {
  return raw(text);
}

/** Text that can be put anywhere in HTML and XML, also between quotes. */
export function escaped(text: string): string {
  return markup`${text}`.toString();
}

function plain(part: Part): unknown {
  if (part === null || part === false || part instanceof String) return part;
  return typeof part === 'object' ? part.map(plain) : plainText(String(part), MOST);
}
