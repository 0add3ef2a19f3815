import { plainText } from '../domain/text.ts';
import { markup, type Html } from './html.ts';

export interface Frame {
  readonly network: string;
  readonly toolVersion: string;
  /** UTC milliseconds. */
  readonly at: number;
  /** Where this page is known outside, without a slash at its end; null or none: nowhere. */
  readonly publicUrl?: string | null;
}

/** What is shown of a page where somebody links to it. */
export interface Summary {
  readonly title: string;
  readonly description: string;
  /** Path on this site, and its page’s; null: it has none. */
  readonly path: string;
  /** Path of a picture of 1200 × 630 pixels; null: none is drawn. */
  readonly image: string | null;
}

/** A page about something that goes on. */
export interface Refresh {
  /** Where the page is, without a query of its own. */
  readonly path: string;
  /** The reader asked for rest, as WCAG 2.2.1 and 2.2.2 want it to be possible. */
  readonly paused: boolean;
}

/** Seconds between two requests of an open page: as often as what it shows can change, and far from the budget. */
const REFRESH_SECONDS = 30;

/** Browsers ask again by themselves, without a script. */
export function refreshTag({ paused }: Refresh): Html | null {
  return paused ? null : markup`<meta http-equiv="refresh" content="${REFRESH_SECONDS}">`;
}

/** How to stop that, and to go on with it. */
export function refreshPart({ path, paused }: Refresh): Html {
  if (paused) return markup`<span><a href="${path}">Keep this page up to date</a></span>`;
  return markup`<span>Asked for again every ${REFRESH_SECONDS} s: <a href="${path}?refresh=off">stop</a></span>`;
}

interface About {
  readonly title: string;
  readonly summary?: Summary;
}

/** @see https://ogp.me */
export function aboutTags({ network, publicUrl = null }: Frame, { title, summary }: About): Html {
  const mark = network === 'mainnet' ? '' : 'NOT MAINNET · ';
  const told = `${mark}${plainText(summary?.title ?? `${title} · nns-watch`, 200)}`;
  const described = `${mark}${plainText(summary?.description ?? 'Does the IC-OS release reproduce from its source?', 300)}`;
  const at = (path: string): string => `${publicUrl ?? ''}${path}`;
  const image = publicUrl === null ? null : (summary?.image ?? null);
  return markup`<meta name="description" content="${described}">
<meta property="og:site_name" content="nns-watch">
<meta property="og:type" content="website">
<meta property="og:title" content="${told}">
<meta property="og:description" content="${described}">
${publicUrl !== null && summary !== undefined && markup`<meta property="og:url" content="${at(summary.path)}">`}
${image !== null && markup`<meta property="og:image" content="${at(image)}"><meta property="og:image:width" content="1200"><meta property="og:image:height" content="630"><meta property="og:image:alt" content="${told}"><meta name="twitter:card" content="summary_large_image">`}`;
}
