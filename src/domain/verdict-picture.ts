import type { Outcome } from './check.ts';
import { plainText } from './text.ts';

/** What is drawn of a proposal's verdict. Title and headline may hold strangers' text. */
export interface PictureFacts {
  /** `mainnet`, or `NOT MAINNET: …`. */
  readonly network: string;
  readonly id: string;
  /** What it elects, in words. */
  readonly kind: string;
  readonly title: string;
  /** null: there is no verdict yet. */
  readonly verdict: { readonly outcome: Outcome; readonly confirmed: boolean | null; readonly headline: string } | null;
  readonly packageSha256: string | null;
}

export const PICTURE = { width: 1200, height: 630 } as const;

const COLOURS: Readonly<Record<Outcome | 'none', string>> = {
  verified: '#11662f',
  mismatch: '#a8131d',
  inconclusive: '#7a4a00',
  none: '#566070',
};
const SANS = 'DejaVu Sans';
const MONO = 'DejaVu Sans Mono';
/** Letters in a line: strangers' wide ones run out of the picture, not over what is ours. */
const TITLE = { letters: 56, lines: 2 };
const HEADLINE = { letters: 62, lines: 4 };

/** The verdict on a proposal as SVG of rectangles and text, which loads nothing. */
export function verdictPicture({ network, id, kind, title, verdict, packageSha256 }: PictureFacts): string {
  const colour = COLOURS[verdict?.outcome ?? 'none'];
  const headline = verdict?.headline.replace(/^[A-Z]+(?: \([a-z-]+\))?: /, '') ?? '';
  const digest = packageSha256 && /^[0-9a-f]{64}$/i.test(packageSha256) ? packageSha256.toLowerCase() : null;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${PICTURE.width}" height="${PICTURE.height}">`,
    `<rect width="${PICTURE.width}" height="${PICTURE.height}" fill="#ffffff"/>`,
    `<rect width="28" height="${PICTURE.height}" fill="${colour}"/>`,
    ...(network === 'mainnet' ? [] : [text(80, 70, 26, 'NOT MAINNET', { bold: true, fill: COLOURS.mismatch })]),
    text(80, 150, 66, wordOf(verdict), { bold: true, fill: colour }),
    text(80, 215, 34, `Proposal ${plainText(id, 20)} · ${plainText(kind, 40)}`, { bold: true }),
    ...lines(80, 275, 28, wrapped(`“${plainText(title, 300).replace(/[“”]/g, '"')}”`, TITLE), '#566070'),
    ...lines(80, 375, 26, wrapped(plainText(headline, 600), HEADLINE), '#16191d'),
    ...(digest === null
      ? []
      : [`<text x="80" y="545" font-family="${MONO}" font-size="24" fill="#16191d">${digest}</text>`]),
    text(80, 595, 22, 'nns-watch', { fill: '#566070' }),
    '</svg>',
  ].join('\n');
}

function wordOf(verdict: PictureFacts['verdict']): string {
  if (!verdict) return 'NO VERDICT YET';
  return `${verdict.outcome.toUpperCase()}${verdict.confirmed === false ? ', UNCONFIRMED' : ''}`;
}

interface Style {
  readonly bold?: boolean;
  readonly fill?: string;
}

function text(x: number, y: number, size: number, words: string, { bold = false, fill = '#16191d' }: Style): string {
  const weight = bold ? ' font-weight="bold"' : '';
  return `<text x="${x}" y="${y}" font-family="${SANS}" font-size="${size}"${weight} fill="${fill}">${xml(words)}</text>`;
}

function lines(x: number, y: number, size: number, all: readonly string[], fill: string): readonly string[] {
  return all.map((words, at) => text(x, y + at * size * 1.4, size, words, { fill }));
}

/** Whole words by lines; one that is longer than a line is broken. */
function wrapped(words: string, room: { readonly letters: number; readonly lines: number }): readonly string[] {
  const made: string[] = [''];
  for (const word of words.split(' ').flatMap((each) => each.match(pieces(room.letters)) ?? [])) {
    const last = made.at(-1) ?? '';
    if (last === '') made[made.length - 1] = word;
    else if (last.length + 1 + word.length <= room.letters) made[made.length - 1] = `${last} ${word}`;
    else made.push(word);
  }
  if (made.length <= room.lines) return made;
  return [...made.slice(0, room.lines - 1), `${(made[room.lines - 1] ?? '').slice(0, room.letters - 1)}…`];
}

const pieces = (letters: number): RegExp => new RegExp(`[^]{1,${letters}}`, 'gu');

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text within XML 1.0: no sign of it is markup, and none is outside of what XML allows. */
function xml(words: string): string {
  return words
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}
