import type { Outcome } from '../domain/check.ts';
import { KIND_WORDS } from '../domain/election-words.ts';
import {
  parseCommitId,
  parseProposalId,
  parseSha256,
  type CommitId,
  type ProposalId,
  type Sha256,
} from '../domain/ids.ts';
import type { ProposalKind } from '../domain/proposal.ts';
import type { HistoryFilter } from './source.ts';

const OUTCOMES: readonly string[] = ['verified', 'mismatch', 'inconclusive', 'none'];
const MOST_PAGES = 100_000;

/** What nobody offers is as good as nothing. */
export function filterOf(query: (name: string) => string | undefined): HistoryFilter {
  const [outcome = '', kind = '', page = ''] = ['outcome', 'kind', 'page'].map(query);
  const number = /^[1-9]\d{0,5}$/.test(page) ? Number(page) : 1;
  return {
    outcome: OUTCOMES.includes(outcome) ? (outcome as Outcome | 'none') : null,
    kind: Object.hasOwn(KIND_WORDS, kind) ? (kind as ProposalKind) : null,
    page: Math.min(number, MOST_PAGES),
  };
}

/** What can be looked for, and where its page is. */
export interface Sought {
  readonly sought: ProposalId | CommitId | Sha256;
  readonly path: string;
  readonly title: string;
}

/** By its form; null: nothing has this form. */
export function soughtBy(text: string): Sought | null {
  const [commit, sha256, proposal] = [parseCommitId(text.toLowerCase()), parseSha256(text), parseProposalId(text)];
  if (commit) return { sought: commit, path: `/commits/${commit}`, title: `Commit ${commit}` };
  if (sha256) return { sought: sha256, path: `/hashes/${sha256}`, title: `SHA-256 ${sha256}` };
  return proposal && { sought: proposal, path: `/proposals/${proposal}`, title: `Proposal ${proposal}` };
}
