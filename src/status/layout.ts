import { utc } from '../domain/verdict-document.ts';
import { type Html, markup, ourMarkup, type Part } from './html.ts';
import { aboutTags, refreshPart, refreshTag, type Frame, type Refresh, type Summary } from './page-head.ts';
import { STYLE } from './style.ts';

export type { Frame } from './page-head.ts';

export interface Head {
  readonly title: string;
  /** Where the same is to be had for programs; null: nowhere. */
  readonly json: string | null;
  /** Which of the pages in the menu this is. */
  readonly here?: 'overview' | 'history';
  /** What is shown of the page where somebody links to it; none: its title. */
  readonly summary?: Summary;
  /** What goes on, so that the page is asked for again; none: nothing does. */
  readonly refresh?: Refresh | null;
}

/** A whole page. */
export function layout(frame: Frame, head: Head, body: Html): string {
  return `${pageStart(frame, head)}${body.toString()}${pageEnd(frame, head)}`;
}

/** Everything before the body of a page, for those whose body comes little by little. */
export function pageStart(frame: Frame, head: Head): string {
  const { network } = frame;
  const { title, json, here, refresh = null } = head;
  const other = network !== 'mainnet';
  const current = (page: Head['here']): Html | null => (here === page ? ourMarkup(' aria-current="page"') : null);
  const start = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${other && TITLE_MARK}${title} · nns-watch</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${refresh && refreshTag(refresh)}
${aboutTags(frame, head)}
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="alternate" type="application/atom+xml" title="Verdicts" href="/feed.atom">
${json !== null && markup`<link rel="alternate" type="application/json" href="${json}">`}
${STYLE_ELEMENT}
</head>
<body>
${other && markup`<div class="alarm" role="alert">${network}</div>`}
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><div>
<a class="brand" href="/">${MARK}nns-watch</a>
<nav aria-label="Pages"><a href="/"${current('overview')}>Overview</a><a href="/history"${current('history')}>History</a><a href="/feed.atom">Feed</a></nav>
<form class="find" method="get" action="/find" role="search">
<input name="q" maxlength="80" required aria-label="Proposal, commit or SHA-256" placeholder="Proposal, commit or SHA-256"><button>Find</button>
</form>
</div></header>
<main id="main">
`;
  return start.toString();
}

export function pageEnd({ toolVersion, at }: Frame, { json, refresh = null }: Head): string {
  const same = json !== null && markup`<span><a href="${json}">This page as JSON</a></span>`;
  const end = markup`
</main>
<footer><span>As of ${utc(at)}</span><span>nns-watch ${toolVersion}</span>${same}${refresh && refreshPart(refresh)}</footer>
</body>
</html>
`;
  return end.toString();
}

/** Exactly these bytes are what the policy's hash allows. */
const STYLE_ELEMENT = ourMarkup(`<style>${STYLE}</style>`);

/** A text would lose the blank at its end. */
const TITLE_MARK = ourMarkup('NOT MAINNET · ');

const MARK = ourMarkup(
  '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M8 1 2.5 3v4.4c0 3.4 2.3 6 5.5 7.6 3.2-1.6 5.5-4.2 5.5-7.6V3z" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="m5.2 8 2 2.1 3.7-4.4" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>',
);

/** A heading with something below it; nothing where there is nothing. */
export function section(title: string, body: Part): Html | null {
  const empty = body === null || body === false || (Array.isArray(body) && body.length === 0);
  return empty ? null : markup`<h2>${title}</h2>${body}`;
}

/** A heading that opens what is below it; nothing where there is nothing. `count`: how much that is. */
export function folded(title: string, count: string, body: Part): Html | null {
  if (body === null || body === false) return null;
  return markup`<details class="fold panel"><summary><h2>${title}</h2> <span class="dim small">${count}</span></summary>${body}</details>`;
}

export interface Column {
  readonly head: string;
  /** No wider than it has to be; or about a third. */
  readonly width?: 'tight' | 'third';
}

/** A table that scrolls by itself, and becomes a list where the screen is narrow. */
export function table(name: string, columns: readonly Column[], body: Part): Html {
  const heads = columns.map(({ head, width }) => markup`<th scope="col"${widthOf(width)}>${head}</th>`);
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${name}"><table class="wide"><thead><tr>${heads}</tr></thead>${body}</table></div>`;
}

function widthOf(width: Column['width']): Html | null {
  return width === undefined ? null : markup` class="${width}"`;
}

/** The rows of one body, cell by cell below the columns. */
export function rows(columns: readonly Column[], cells: readonly (readonly Part[])[]): Html {
  return markup`<tbody>${cells.map((row) => markup`<tr>${cellsOf(columns, row)}</tr>`)}</tbody>`;
}

export function cellsOf(columns: readonly Column[], row: readonly Part[]): readonly Html[] {
  return row.map((cell, at) => {
    const { head = '', width } = columns[at] ?? {};
    return markup`<td data-label="${head}"${widthOf(width)}>${cell}</td>`;
  });
}

/** Names with what they stand for. */
export function facts(pairs: readonly (readonly [name: string, value: Part])[]): Html {
  return markup`<dl>${pairs.map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

export function list(items: readonly Part[]): Html | null {
  return items.length === 0 ? null : markup`<ul>${items.map((item) => markup`<li>${item}</li>`)}</ul>`;
}

/** A page that only says something. */
export function messagePage(frame: Frame, title: string, sentence: string): string {
  const body = markup`<h1>${title}</h1><p>${sentence}</p><p><a href="/">Overview</a></p>`;
  return layout(frame, { title, json: null }, body);
}
