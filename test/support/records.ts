import type { Outcome } from '../../src/domain/check.ts';
import type { CommitId, ProposalId, Sha256 } from '../../src/domain/ids.ts';
import { proposalCard } from '../../src/domain/notices.ts';
import type { Notice } from '../../src/domain/notice.ts';
import type { Action, Proposal } from '../../src/domain/proposal.ts';
import type { Verdict } from '../../src/domain/verdict.ts';

export const commit = 'a0'.repeat(20) as CommitId;

/** Elects this commit's GuestOS. */
export function electing(elected: CommitId, packageSha256 = 'b1'.repeat(32) as Sha256): Action {
  const packageUrls = [
    `https://download.dfinity.systems/ic/${elected}/guest-os/update-img/update-img.tar.zst`,
  ] as const;
  const version = { component: 'guestos', commit: elected, packageSha256, packageUrls } as const;
  return { kind: 'elect-guestos', version: { ...version, launchMeasurements: null, retires: [] } };
}

/** An open GuestOS election, complete and plain. */
export function electionProposal(changes: Partial<Proposal> = {}): Proposal {
  return {
    id: '143816' as ProposalId,
    topic: 13,
    title: 'Elect new IC/GuestOS revision',
    summary: 'Release notes.',
    url: '',
    proposer: '80',
    status: 'open',
    rewardStatus: 'accept-votes',
    submittedAt: 1_789_000_000,
    deadlineAt: 1_789_345_600,
    decidedAt: null,
    executedAt: null,
    failedAt: null,
    failureReason: null,
    tally: { yes: '1', no: '0', total: '50000000000000000' },
    action: electing(commit),
    ...changes,
  };
}

/** A verdict without results, for tests that only carry one around. */
export function verdictOf(outcome: Outcome): Verdict {
  const reason = outcome === 'inconclusive' ? 'not-built' : null;
  return {
    outcome,
    reason,
    reasons: reason ? [reason] : [],
    confirmed: outcome === 'mismatch' ? true : null,
    headline: `A verdict: ${outcome}.`,
    results: [],
    findings: [],
    caveats: [],
  };
}

/** News about a proposal, or about the program itself. */
export function noticeOf(key: string, changes: Partial<Notice> & { readonly about?: Proposal | null } = {}): Notice {
  const { about = electionProposal(), ...rest } = changes;
  return {
    key,
    type: 'reminder',
    at: 1_789_000_000,
    network: 'mainnet',
    sentence: `News: ${key}.`,
    pings: true,
    proposal: about && proposalCard(about),
    standing: null,
    verdict: null,
    ...rest,
  };
}
