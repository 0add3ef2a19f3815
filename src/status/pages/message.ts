import { markup } from '../html.ts';
import { layout, type Frame } from '../layout.ts';

/** A page that only says something. */
export function messagePage(frame: Frame, title: string, sentence: string): string {
  const body = markup`<h1>${title}</h1><p>${sentence}</p><p><a href="/">Overview</a></p>`;
  return layout(frame, { title, json: null }, body);
}
