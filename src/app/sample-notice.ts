import type { Outcome } from '../domain/check.ts';
import type { CommitId, ProposalId } from '../domain/ids.ts';
import { proposalLinks } from '../domain/network.ts';
import type { Notice, ProposalCard } from '../domain/notice.ts';
import { SAMPLE_NETWORK } from '../domain/sample.ts';
import { utc, type VerdictDocument } from '../domain/verdict-document.ts';

export const SAMPLES = ['verified', 'mismatch', 'inconclusive', 'reminder'] as const;
export type Sample = (typeof SAMPLES)[number];

const COMMIT = '5a'.repeat(20) as CommitId;
const HASH = 'ab12'.repeat(16);
const OTHER = 'cd34'.repeat(16);
const DAY = 86_400;

/**
 * What a channel would show of a real election, made up and marked as such: of no network, with a number that no proposal
 * has, so that no message about a proposal is touched by it.
 */
export function sampleNotice(sample: Sample, nowMs: number, toolVersion: string): Notice {
  const at = Math.floor(nowMs / 1000);
  const proposal = cardOf(String(nowMs) as ProposalId, at);
  const verdict = sample === 'reminder' ? null : documentOf(sample, proposal, nowMs, toolVersion);
  return {
    key: `sample ${sample} ${nowMs}`,
    type: sample === 'reminder' ? 'reminder' : 'verdict',
    at,
    network: SAMPLE_NETWORK,
    sentence:
      sample === 'reminder'
        ? 'This is a sample: voting closes in 6 h, and there is no verdict yet.'
        : HEADLINES[sample],
    pings: true,
    proposal,
    standing: { stage: sample === 'reminder' ? 'building' : 'judged', percent: null, expectedAt: null },
    verdict,
  };
}

const HEADLINES: Readonly<Record<Outcome, string>> = {
  verified: 'This is a sample of a verified release. Nothing was verified.',
  mismatch: 'This is a sample of a mismatch. Nothing is wrong, and nothing was verified.',
  inconclusive: 'This is a sample of an inconclusive verdict. Nothing was verified.',
};

function cardOf(id: ProposalId, at: number): ProposalCard {
  return {
    id,
    kind: 'elect-guestos',
    title: 'A sample, of no real proposal',
    commit: COMMIT,
    status: 'open',
    submittedAt: at - DAY,
    deadlineAt: at + DAY / 4,
    decidedAt: null,
    tally: null,
    links: proposalLinks(id, COMMIT),
    url: '',
  };
}

function documentOf(outcome: Outcome, proposal: ProposalCard, nowMs: number, version: string): VerdictDocument {
  const { id, kind, title, status, links } = proposal;
  const reason = outcome === 'inconclusive' ? 'build-failed' : null;
  return {
    schema: 'nns-watch/verdict@1',
    network: SAMPLE_NETWORK,
    proposal: { id, kind, title, status, deadline: utc((proposal.deadlineAt ?? 0) * 1000), links },
    version: { commit: COMMIT, packageSha256: HASH, packageUrls: [], retires: [] },
    verdict: {
      outcome,
      reason,
      reasons: reason === null ? [] : [reason],
      confirmed: outcome === 'mismatch' ? true : null,
      revision: 1,
      headline: HEADLINES[outcome],
      findings: [],
      caveats: [],
      decidedAt: utc(nowMs),
    },
    measured: null,
    checks: [checkOf(outcome)],
    evidence: [],
    timing: { startedAt: utc(nowMs - 3_600_000), seconds: { total: 3600 } },
    host: { description: null },
    tool: { name: 'nns-watch', version },
  };
}

function checkOf(outcome: Outcome): Record<string, unknown> {
  const built = { verified: HASH, mismatch: OTHER, inconclusive: null }[outcome];
  const expected = { value: HASH, source: 'a sample of a proposal' };
  const actual = { value: built, source: 'a sample of a build' };
  return {
    id: 'build-reproduces',
    title: 'The build reproduces the image',
    tier: 'authoritative',
    component: 'guestos',
    outcome,
    sentence: 'This is a sample.',
    comparisons: built === null ? [] : [{ label: 'GuestOS image', expected, actual, equal: built === HASH }],
  };
}
