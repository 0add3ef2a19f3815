import { plainText } from '../domain/text.ts';

/** Markup that was made here: the one thing that is put into a page as it is. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Part = Html | string | number | null | false | readonly Part[];

/** Longer texts are cut: no page needs more of what a stranger wrote. */
const MOST = 2000;

/** Markup; every text that is put into it is made plain and escaped, so that it can only be read. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, each, at) => text + render(parts[at - 1] ?? null) + each));
}

/** Text that can be put anywhere in HTML and XML, also between quotes. */
export function escaped(text: string, most = MOST): string {
  return plainText(text, most).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function render(part: Part): string {
  if (part instanceof Html) return part.text;
  if (part === null || part === false) return '';
  if (typeof part === 'object') return part.map(render).join('');
  return escaped(String(part));
}
