import type { Subject } from '../domain/check.ts';
import type { Observation } from '../domain/evidence.ts';
import type { CommitId, ProposalId } from '../domain/ids.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { Blocker } from '../domain/verdict.ts';

/** What the caller wants to know of. */
export type Target =
  { readonly mode: 'proposal'; readonly id: ProposalId } | { readonly mode: 'commit'; readonly commit: CommitId };

/** A proposal that was read, as the subject of a run. */
export function proposalSubject(proposal: Proposal): Subject {
  const { action } = proposal;
  const elects = action.kind === 'elect-guestos' || action.kind === 'elect-hostos';
  return { mode: 'proposal', proposal, version: elects ? action.version : null };
}

/** Why a proposal that could not be read gives no question to ask. */
export function unreadable(id: ProposalId, reading: Observation<Proposal> & { status: 'unavailable' }): Blocker {
  const sentence = `Proposal ${id} could not be read: ${reading.detail}`;
  switch (reading.kind) {
    case 'untrusted':
      return { reason: 'untrusted-input', sentence };
    case 'malformed':
    case 'limit':
      return { reason: 'malformed-payload', sentence };
    case 'absent':
      return { reason: 'not-an-election', sentence: `Proposal ${id} does not exist.` };
    case 'host':
    case 'storage':
    case 'bug':
      return { reason: 'host-unfit', sentence };
    case 'transport':
    case 'rejected':
    case 'input':
      return { reason: 'unreachable', sentence };
  }
}
