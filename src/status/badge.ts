import type { Outcome } from '../domain/check.ts';
import { escaped } from './html.ts';

const COLOURS: Readonly<Record<Outcome, string>> = {
  verified: '#11662f',
  mismatch: '#a8131d',
  inconclusive: '#7a4a00',
};
const NONE = '#566070';
/** Of an average letter, in pixels, at this size. */
const LETTER = 6.6;
const PADDING = 12;

/** A badge's verdict; `confirmed` false: only one build shows the mismatch so far. */
export interface BadgeVerdict {
  readonly outcome: Outcome;
  readonly confirmed: boolean | null;
  readonly final: boolean;
}

/** What a badge says, in words. */
export function badgeText(network: string, label: string, verdict: BadgeVerdict | null): readonly [string, string] {
  const left = network === 'mainnet' ? label : `NOT MAINNET · ${label}`;
  if (!verdict) return [left, 'no verdict'];
  const remark = verdict.confirmed === false ? ', unconfirmed' : verdict.final ? '' : ', not final';
  return [left, `${verdict.outcome}${remark}`];
}

/** A small picture of a verdict, for other pages. */
export function badge(network: string, label: string, verdict: BadgeVerdict | null): string {
  const [left, right] = badgeText(network, label, verdict);
  const [a, b] = [left, right].map((text) => Math.round(text.length * LETTER + PADDING)) as [number, number];
  const title = escaped(`${left}: ${right}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${a + b}" height="20" role="img" aria-label="${title}">
<title>${title}</title><clipPath id="r"><rect width="${a + b}" height="20" rx="3"/></clipPath>
<g clip-path="url(#r)"><rect width="${a}" height="20" fill="#333"/><rect x="${a}" width="${b}" height="20" fill="${
    verdict ? COLOURS[verdict.outcome] : NONE
  }"/></g>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
<text x="${a / 2}" y="14">${escaped(left)}</text><text x="${a + b / 2}" y="14">${escaped(right)}</text></g></svg>
`;
}

/** The program's own picture in the browser's tab. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M8 1 2.5 3v4.4c0 3.4 2.3 6 5.5 7.6
3.2-1.6 5.5-4.2 5.5-7.6V3z" fill="#0b57b0"/><path d="m5.2 8 2 2.1 3.7-4.4" fill="none" stroke="#fff" stroke-width="1.5"/></svg>
`;
