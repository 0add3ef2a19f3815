import { utc } from '../domain/document.ts';
import { Html, html, type Part } from './html.ts';
import { STYLE } from './style.ts';

export interface Frame {
  readonly network: string;
  readonly toolVersion: string;
  /** UTC milliseconds. */
  readonly at: number;
}

/** A whole page. `json`: where the same is to be had for programs. */
export function layout({ network, toolVersion, at }: Frame, title: string, body: Html, json: string | null): string {
  const named = network === 'mainnet' ? title : `NOT MAINNET · ${title}`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${named} · nns-watch</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="alternate" type="application/atom+xml" title="Verdicts" href="/feed.atom" />
        ${json !== null && html`<link rel="alternate" type="application/json" href="${json}" />`} ${STYLE_ELEMENT}
      </head>
      <body>
        ${network !== 'mainnet' && html`<div class="alarm" role="alert">${network}</div>`}
        <header>
          <nav aria-label="Pages">
            <a href="/">nns-watch</a> <a href="/history">History</a> <a href="/feed.atom">Feed</a>
          </nav>
        </header>
        <main>${body}</main>
        <footer>${utc(at)} · version ${toolVersion} ${json !== null && html`· <a href="${json}">as JSON</a>`}</footer>
      </body>
    </html>`;
  return `${page.text}\n`;
}

/** Exactly these bytes are what the policy's hash allows, so no formatter may touch them. */
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`);

/** A heading with something below it; nothing where there is nothing. */
export function section(title: string, body: Part): Html {
  const empty = body === null || body === false || (Array.isArray(body) && body.length === 0);
  return empty
    ? html``
    : html`<h2>${title}</h2>
        ${body}`;
}

/** A table that can be scrolled by itself. */
export function table(heads: readonly string[], rows: readonly (readonly Part[])[]): Html | null {
  if (rows.length === 0) return null;
  const head = heads.map((each) => html`<th scope="col">${each}</th>`);
  const body = rows.map(
    (cells) =>
      html`<tr>
        ${cells.map((cell) => html`<td>${cell}</td>`)}
      </tr> `,
  );
  const scroll = html`<thead>
      <tr>
        ${head}
      </tr>
    </thead>
    <tbody>
      ${body}
    </tbody>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${heads.join(', ')}">
    <table class="list">
      ${scroll}
    </table>
  </div>`;
}

/** Names with what they stand for. */
export function facts(pairs: readonly (readonly [name: string, value: Part])[]): Html {
  return html`<dl>
    ${pairs.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

export function list(items: readonly Part[]): Html | null {
  return items.length === 0
    ? null
    : html`<ul>
        ${items.map((item) => html`<li>${item}</li>`)}
      </ul>`;
}
