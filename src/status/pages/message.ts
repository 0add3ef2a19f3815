import { html } from '../html.ts';
import { layout, type Frame } from '../layout.ts';

/** One sentence, where there is nothing else to show. */
export function messagePage(frame: Frame, title: string, sentence: string): string {
  const body = html`
    <h1>${title}</h1>
    <p>${sentence}</p>
    <p><a href="/">Status</a></p>
  `;
  return layout(frame, title, body, null);
}
