import { plainText } from '../domain/text.ts';

/** A piece of a line. Text is shown as it is: every channel makes it inert in its own way. */
export type Span =
  | { readonly text: string; readonly bold?: true }
  /** Digests, ids and commands of ours. */
  | { readonly code: string }
  /** UTC seconds, shown in the reader's time zone with what is left; `left` where nothing counts down by itself. */
  | { readonly time: number; readonly left?: string }
  /** An address of ours, never a stranger's. */
  | { readonly link: string; readonly label: string };

export type Line = readonly Span[];

/** A titled group of lines, the most important first: what does not fit is counted, not cut. */
export interface Section {
  readonly title: string;
  readonly lines: readonly Line[];
}

/** What the colour says. */
export type Tone = 'verified' | 'mismatch' | 'inconclusive' | 'busy' | 'plain';

/** A message of no particular channel. */
export interface Message {
  readonly tone: Tone;
  /** The outcome in a word, and of what; ours, and short by construction. Begins with NOT MAINNET where it is so. */
  readonly title: string;
  /** One sentence: what the title means here. */
  readonly headline: string;
  readonly facts: readonly Line[];
  /** In the order of importance. */
  readonly sections: readonly Section[];
  /** Where readers go on: buttons where the channel has them, else a line (`linkLine`). */
  readonly links: readonly MessageLink[];
  readonly footer: string;
  /** By which our message for a proposal is known again: `proposal 143816`; null without a proposal. */
  readonly mark: string | null;
  /** The news by itself, for a history or a ping. */
  readonly news: Line;
  readonly attachment: Attachment | null;
}

/** An address of ours, or a public page about this very proposal: never a stranger's. */
export interface MessageLink {
  readonly label: string;
  readonly link: string;
}

/** The whole report of a verdict. */
export interface Attachment {
  readonly name: string;
  readonly text: string;
  /** The command that prints it, for places that have no room for all of it. */
  readonly again: string;
}

/** One bounded line; a dash where nothing is left of it, since chats refuse empty texts. */
export function words(text: string, limit: number): string {
  return plainText(text, limit) || '—';
}

export const say = (text: string): Span => ({ text });
export const strong = (text: string): Span => ({ text, bold: true });
export const line = (text: string): Line => [{ text }];

/** For channels without buttons; null: there is none. */
export function linkLine({ links }: Pick<Message, 'links'>): Line | null {
  if (links.length === 0) return null;
  return links.flatMap((link, at) => (at === 0 ? [link] : [say(' · '), link]));
}

/** First and last eight digits of a digest; shorter values as they are. */
export function shortDigest(digest: string): string {
  return digest.length > 20 ? `${digest.slice(0, 8)}…${digest.slice(-8)}` : digest;
}

/** How long a line is in a channel’s own writing. */
export type Measure = (line: Line) => number;

/** As many whole lines as fit, in order; what is left out is counted in a last line. */
export function fitLines(lines: readonly Line[], limit: number, measure: Measure): readonly Line[] {
  // One more each for the line's end.
  const length = (some: readonly Line[]): number => some.reduce((sum, one) => sum + measure(one) + 1, 0);
  if (length(lines) <= limit) return lines;
  const more = (left: number): Line => line(`… and ${left} more`);
  const room = limit - length([more(lines.length)]);
  let used = 0;
  const end = lines.findIndex((one) => (used += measure(one) + 1) > room);
  return [...lines.slice(0, end), more(lines.length - end)];
}

export interface SectionRoom {
  /** Most characters of one section, its title apart. */
  readonly each: number;
  /** Most characters of all sections with their titles. */
  readonly all: number;
}

/** A section that has less room than this says nothing useful. */
const FEWEST = 160;

/**
 * Sections within their room. Where it is scarce, the first one (the evidence) and the last (what to do) come before
 * those between them.
 */
export function fitSections(sections: readonly Section[], { each, all }: SectionRoom, measure: Measure): Section[] {
  const order = [...new Set([0, sections.length - 1, ...sections.keys()])];
  const fitted = new Map<number, Section>();
  let left = all;
  for (const at of order) {
    const section = sections[at];
    const room = Math.min(each, left - (section?.title.length ?? 0));
    if (!section || room < FEWEST) continue;
    const lines = fitLines(section.lines, room, measure);
    left -= section.title.length + lines.reduce((sum, one) => sum + measure(one) + 1, 0);
    fitted.set(at, { title: section.title, lines });
  }
  return [...sections.keys()].flatMap((at) => fitted.get(at) ?? []);
}
