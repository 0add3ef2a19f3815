/** Long enough for any honest title or summary, and a bound for the work on the others. */
const READ = 100_000;

/**
 * Notes of a hotfix: `This release diverges from the latest release. Merge base is [sha](…/tree/sha).` It is what the
 * release began from, and no release itself.
 */
const MERGE_BASE = /\bMerge base is \[[^\]\n]{0,80}\]\([^)\n]{0,200}\)/gi;

/** What a proposal's own text says of commits, as hex prefixes in lower case. */
export interface Mentions {
  /** Named as the version that the proposal elects. */
  readonly elects: readonly string[];
  /** Linked or named anywhere: a change log names many commits that are part of the release. */
  readonly any: readonly string[];
  /** Named as versions to retire. */
  readonly retires: readonly string[];
}

/**
 * Titles: `Elect new IC/GuestOS revision (commit 206b61a)`, `…, and retire old replica versions fed43163,072b2a65`.
 * @see https://github.com/dfinity/dre/tree/main/release-controller
 */
export function titleMentions(title: string): Mentions {
  const [first = '', ...rest] = title.slice(0, READ).split(/\bretire\b/i);
  const elects = hexAfter(/\bcommit\s+([0-9a-f]{7,40})\b/gi, first);
  return { elects, any: elects, retires: hexAfter(/\b([0-9a-f]{7,40})\b/gi, rest.join(' ')).filter(looksHex) };
}

/**
 * Summaries: the release notes' heading, `Elect new … revision […]`, and the command that verifies the release. A link
 * to a tree elects nothing: notes link that of other commits as well.
 */
export function summaryMentions(summary: string): Mentions {
  const text = summary.slice(0, READ).replace(MERGE_BASE, '');
  const elects = [
    ...hexAfter(/\bElect new [^\n[(]{0,80}[[(](?:commit )?([0-9a-f]{7,40})\b/gi, text),
    ...hexAfter(/^\W{0,8}Release Notes for [^\n]{0,300}?\(`?([0-9a-f]{7,40})`?\)/gim, text),
    ...hexAfter(/\brepro-check\b[^\n]{0,80}? -c ([0-9a-f]{7,40})\b/gi, text),
    ...hexAfter(/raw\.githubusercontent\.com\/dfinity\/ic\/([0-9a-f]{7,40})\//gi, text),
  ];
  const linked = [
    ...hexAfter(/github\.com\/dfinity\/ic\/tree\/([0-9a-f]{7,40})\b/gi, text),
    ...hexAfter(/github\.com\/dfinity\/ic\/commits?\/([0-9a-f]{7,40})\b/gi, text),
    ...hexAfter(/\bcommit\s+`?([0-9a-f]{7,40})\b/gi, text),
  ];
  return { elects, any: [...elects, ...linked], retires: [] };
}

function hexAfter(pattern: RegExp, text: string): readonly string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => (match[1] ?? '').toLowerCase()))];
}

/** `defaced` is a word: without a digit it names no version. */
function looksHex(text: string): boolean {
  return /\d/.test(text);
}
