import type { CommitId, ProposalId } from './ids.ts';

/** Where people look at a proposal themselves. Patterns: dfinity/nns-dapp navigation.utils.ts, dashboard, GitHub. */
export interface Links {
  readonly nns: string;
  readonly dashboard: string;
  readonly source: string | null;
}

export function proposalLinks(id: ProposalId, commit: CommitId | null): Links {
  return {
    nns: `https://nns.ic0.app/proposal/?u=qoctq-giaaa-aaaaa-aaaea-cai&proposal=${id}`,
    dashboard: `https://dashboard.internetcomputer.org/proposal/${id}`,
    source: commit && `https://github.com/dfinity/ic/commit/${commit}`,
  };
}
