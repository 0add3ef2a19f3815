import { escaped } from './html.ts';

const COLOURS: Readonly<Record<string, string>> = { verified: '#116329', mismatch: '#b3161f', inconclusive: '#7a4a00' };
/** Of an average letter, in pixels, at this size. */
const LETTER = 6.6;
const PADDING = 12;

/** A small picture of a verdict, for other pages. */
export function badge(network: string, label: string, outcome: string | null): string {
  const left = network === 'mainnet' ? label : `NOT MAINNET · ${label}`;
  const right = outcome ?? 'no verdict';
  const [a, b] = [left, right].map((text) => Math.round(text.length * LETTER + PADDING)) as [number, number];
  const title = escaped(`${left}: ${right}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${a + b}" height="20" role="img" aria-label="${title}">
<title>${title}</title><rect width="${a + b}" height="20" rx="3" fill="#333"/>
<rect x="${a}" width="${b}" height="20" rx="3" fill="${COLOURS[outcome ?? ''] ?? '#555'}"/>
<g fill="#fff" font-family="Verdana,sans-serif" font-size="11" text-anchor="middle">
<text x="${a / 2}" y="14">${escaped(left)}</text><text x="${a + b / 2}" y="14">${escaped(right)}</text></g></svg>
`;
}

/** The program's own picture in the browser's tab. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7"
fill="none" stroke="#0a53a8" stroke-width="2"/><path d="M4.5 8.5 7 11l4.5-6" fill="none" stroke="#0a53a8"
stroke-width="2"/></svg>
`;
