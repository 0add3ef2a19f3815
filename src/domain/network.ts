import type { CommitId, ProposalId } from './ids.ts';

/** Of what an older version made, which did not write the network down. */
export const NOT_RECORDED = 'NOT MAINNET: not recorded';

/** The settings say what differs from mainnet, not which network it is instead: such are not told apart. */
export function isSameNetwork(one: string, other: string): boolean {
  return (one === 'mainnet') === (other === 'mainnet');
}

/** How what was made on one network reads with the settings of `now`: as mainnet’s only where both are. */
export function shownNetwork(made: string, now: string): string {
  return made === 'mainnet' ? now : made;
}

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
