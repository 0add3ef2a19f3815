import type { Outcome } from '../domain/check.ts';
import { KIND_WORDS } from '../domain/election-words.ts';
import { parseCommitId, parseProposalId, parseSha256 } from '../domain/ids.ts';
import type { HistoryFilter } from '../domain/status-queries.ts';
import type { ProposalKind } from '../domain/proposal.ts';
import type { Sought } from '../domain/proposal-history.ts';
import { plainText } from '../domain/text.ts';

export const OUTCOMES: readonly (Outcome | 'none')[] = ['verified', 'mismatch', 'inconclusive', 'none'];
export const KINDS = Object.keys(KIND_WORDS) as readonly ProposalKind[];

/** Characters of a text that is searched for. */
export const LONGEST_TEXT = 80;

/** What nobody offers is as good as nothing. */
export function filterOf(query: (name: string) => string | undefined): HistoryFilter {
  const [outcome = '', kind = '', page = ''] = ['outcome', 'kind', 'page'].map(query);
  const [month = '', text = ''] = ['month', 'text'].map(query);
  return {
    outcome: OUTCOMES.find((each) => each === outcome) ?? null,
    kind: KINDS.find((each) => each === kind) ?? null,
    month: /^20\d{2}-(?:0[1-9]|1[0-2])$/.test(month) ? month : null,
    text: plainText(text, LONGEST_TEXT) || null,
    page: /^[1-9]\d{0,5}$/.test(page) ? Number(page) : 1,
  };
}

/** The address of one page of the history. */
export function historyPath(filter: HistoryFilter, page: number, path = '/history'): string {
  const { outcome, kind, month = null, text = null } = filter;
  const query = [
    ...(outcome === null ? [] : [`outcome=${outcome}`]),
    ...(kind === null ? [] : [`kind=${kind}`]),
    ...(month === null ? [] : [`month=${month}`]),
    ...(text === null ? [] : [`text=${encodeURIComponent(text)}`]),
    ...(page === 1 ? [] : [`page=${page}`]),
  ];
  return query.length === 0 ? path : `${path}?${query.join('&')}`;
}

/** What can be looked for, and where its page is. */
export interface Wanted {
  readonly folder: 'proposals' | 'commits' | 'hashes';
  readonly name: string;
  readonly sought: Sought;
}

/** By its form, which is a number, 40 or 64 hexadecimal digits; null: it has none of these. */
export function wantedBy(text: string): Wanted | null {
  const [commit, sha256, proposal] = [parseCommitId(text.toLowerCase()), parseSha256(text), parseProposalId(text)];
  if (commit) return { folder: 'commits', name: commit, sought: { commit } };
  if (sha256) return { folder: 'hashes', name: sha256, sought: { sha256 } };
  return proposal && { folder: 'proposals', name: proposal, sought: { proposal } };
}

/** A place in a log: bytes from its beginning, or with a minus from its end; null: not a place. */
export function placeOf(text: string | undefined): number | null {
  if (text === undefined) return 0;
  return /^-?\d{1,12}$/.test(text) ? Number(text) : null;
}

/** Whether the reader wants the page to rest. */
export function isPaused(refresh: string | undefined): boolean {
  return refresh === 'off';
}
