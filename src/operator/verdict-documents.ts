import { verdictDocument, type VerdictDocument } from '../domain/verdict-document.ts';
import { shownNetwork } from '../domain/network.ts';
import { proposalCard } from '../domain/notices.ts';
import type { Notice } from '../domain/notice.ts';
import { reportOf } from '../notify/report.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { StoredRun, ProposalHistory } from '../store/proposal-history.ts';
import type { StoredVerdict } from '../store/verdict-writer.ts';

interface Around {
  readonly network: string;
  readonly toolVersion: string;
}

/** As which network the history reads; `now`: that of the settings. */
export function networkOfHistory({ run }: ProposalHistory, now: string): string {
  return run ? shownNetwork(run.network, now) : now;
}

/** `nns-watch/verdict@1` of what is stored. */
export function storedDocument(history: ProposalHistory, { network, toolVersion }: Around): VerdictDocument {
  const { proposal, run, verdict, evidence } = history;
  const elected = proposal && 'version' in proposal.action ? proposal.action.version.commit : null;
  const startedAt = run?.startedAtMs ?? history.firstSeenAtMs ?? 0;
  return verdictDocument({
    network: networkOfHistory(history, network),
    proposal,
    commit: run?.commit ?? elected,
    verdict: verdict && { ...verdict.verdict, results: resultsOf(history, verdict.verdict) },
    revision: verdict?.revision ?? 0,
    evidence,
    startedAt,
    decidedAt: verdict?.decidedAt ?? startedAt,
    seconds: secondsOf(run, verdict),
    toolVersion: verdict?.toolVersion ?? toolVersion,
  });
}

/** What was read of the registry after the verdict stands in the place of what the run could say of it. */
function resultsOf({ afterVote }: ProposalHistory, { results }: Verdict): Verdict['results'] {
  const read = afterVote?.reading?.result;
  return read ? [...results.filter(({ check }) => check !== read.check), read] : results;
}

/** Seconds by stage, as far as they were recorded, up to the verdict. */
export function secondsOf(run: StoredRun | null, verdict: StoredVerdict | null): Readonly<Record<string, number>> {
  if (!run || !verdict) return {};
  const seconds: Record<string, number> = {};
  const until = verdict.decidedAt;
  run.stages.forEach(({ stage, atMs }, at) => {
    const end = Math.min(run.stages[at + 1]?.atMs ?? until, until);
    if (stage === 'collecting' || stage === 'building' || stage === 'judging') {
      seconds[stage] = (seconds[stage] ?? 0) + Math.max(0, end - atMs) / 1000;
    }
  });
  return { ...seconds, total: (until - run.startedAtMs) / 1000 };
}

/** The review of the verdict as a forum takes it; null where there is no verdict yet. */
export function reviewText(history: ProposalHistory, document: VerdictDocument): string | null {
  if (!history.verdict) return null;
  const { verdict, revision } = history.verdict;
  const checks = verdict.results.map((result) => ({
    id: result.check,
    tier: result.tier,
    component: result.component,
    outcome: result.outcome,
    sentence: result.sentence,
    comparisons: result.outcome === 'skipped' ? [] : [...result.comparisons],
  }));
  const view = { ...mutable(verdict), revision, checks };
  return reportOf(noticeOf(history, document), view);
}

function mutable({ outcome, reason, confirmed, headline, findings, caveats }: Verdict) {
  return { outcome, reason, confirmed, headline, findings: [...findings], caveats: [...caveats] };
}

/** The report is made from a notice; this one is told to nobody. */
function noticeOf({ proposal, verdict }: ProposalHistory, document: VerdictDocument): Notice {
  return {
    key: 'review',
    type: 'verdict',
    at: Math.floor((verdict?.decidedAt ?? 0) / 1000),
    network: document.network,
    sentence: '',
    pings: false,
    proposal: proposal && proposalCard(proposal),
    standing: null,
    verdict: document,
  };
}
