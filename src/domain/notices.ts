import { leftText } from './reminders.ts';
import type { VerdictDocument } from './verdict-document.ts';
import { proposalLinks } from './network.ts';
import type { Notice, NoticeType, ProposalCard, Standing } from './notice.ts';
import { kindOf, type Proposal } from './proposal.ts';
import type { Verdict } from './verdict.ts';

/** What a reader needs to know about a proposal, whatever is told of it. */
export function proposalCard(proposal: Proposal): ProposalCard {
  const { id, title, status, submittedAt, deadlineAt, decidedAt, tally, url, action } = proposal;
  const commit = 'version' in action ? action.version.commit : null;
  const links = proposalLinks(id, commit);
  return { id, kind: kindOf(proposal), title, commit, status, submittedAt, deadlineAt, decidedAt, tally, links, url };
}

/** What stays the same over all the news of one moment. */
export interface NewsContext {
  /** `mainnet`, or `NOT MAINNET: …`. */
  readonly network: string;
  /** UTC seconds. */
  readonly at: number;
}

export interface ProposalNews {
  readonly type: NoticeType;
  readonly key: string;
  readonly sentence: string;
  readonly pings: boolean;
  readonly proposal: Proposal;
  readonly standing: Standing | null;
  readonly verdict: VerdictDocument | null;
}

/** News about one proposal. */
export function proposalNotice({ network, at }: NewsContext, news: ProposalNews): Notice {
  const { type, key, sentence, pings, proposal, standing, verdict } = news;
  return { key, type, at, network, sentence, pings, proposal: proposalCard(proposal), standing, verdict };
}

/** A new open election, or a proposal of its topic that cannot be understood. */
export function discoveredNotice(context: NewsContext, proposal: Proposal): Notice {
  const { id, action, deadlineAt } = proposal;
  const closes = deadlineAt === null ? '' : ` Voting closes in ${leftText(deadlineAt - context.at)}.`;
  const what: Readonly<Record<typeof action.kind, string>> = {
    'elect-guestos': 'A new proposal elects a GuestOS version.',
    'elect-hostos': 'A new proposal elects a HostOS version.',
    'retire-only': 'A new proposal retires versions and elects none.',
    other: 'A new proposal was submitted in the election topic.',
    undecodable: 'A new proposal in the election topic cannot be decoded.',
  };
  return proposalNotice(context, {
    type: 'discovered',
    key: `proposal ${id} discovered`,
    sentence: `${what[action.kind]}${closes}`,
    pings: false,
    proposal,
    standing: { stage: 'queued', percent: null, expectedAt: null },
    verdict: null,
  });
}

export interface VerdictNews {
  readonly proposal: Proposal;
  readonly verdict: Verdict;
  readonly document: VerdictDocument;
  readonly revision: number;
  readonly final: boolean;
  /** The verdict that was told last; null: none was. */
  readonly previous: { readonly verdict: Verdict; readonly final: boolean } | null;
}

/** How a revision is told; null where it says nothing that the one before did not say. */
export function verdictNotice(context: NewsContext, news: VerdictNews): Notice | null {
  const { proposal, verdict, document, revision, final, previous } = news;
  if (previous !== null && saysNothingNew(previous, verdict, final)) return null;
  return proposalNotice(context, {
    type: 'verdict',
    key: `proposal ${proposal.id} verdict ${revision}`,
    sentence: verdict.headline,
    pings: isLoud(verdict, final, previous),
    proposal,
    standing: { stage: final ? 'judged' : 'waiting', percent: null, expectedAt: null },
    verdict: document,
  });
}

/** Whoever looks again at a confirmed mismatch takes it back only once that look is over. */
function saysNothingNew(previous: NonNullable<VerdictNews['previous']>, verdict: Verdict, final: boolean): boolean {
  if (sameVerdict(previous.verdict, verdict) && previous.final === final) return true;
  return !final && previous.verdict.confirmed === true && verdict.outcome === 'mismatch' && verdict.confirmed === false;
}

/** A new outcome is worth a ping, and so is what takes an alarm back or confirms it; “not yet” is not. */
function isLoud(verdict: Verdict, final: boolean, previous: VerdictNews['previous']): boolean {
  if (previous === null) return final || verdict.outcome === 'mismatch';
  if (previous.verdict.outcome !== verdict.outcome) return true;
  if (verdict.outcome === 'mismatch') return previous.verdict.confirmed !== verdict.confirmed;
  return final && !previous.final;
}

/** Whether two verdicts say the same to a reader; how an outage words itself from time to time is no news. */
export function sameVerdict(a: Verdict, b: Verdict): boolean {
  return tellingPart(a) === tellingPart(b);
}

/** It begins to apply with the execution, and has a notice of its own. */
const TOLD_BY_ITSELF = 'registry-as-verified';

function tellingPart({ outcome, reasons, confirmed, results, findings, caveats }: Verdict): string {
  const cells = results
    .filter(({ check }) => check !== TOLD_BY_ITSELF)
    .map(({ check, component, outcome: each }) => `${check}/${component ?? ''} ${each}`);
  const ids = [...findings, ...caveats].map(({ id }) => id).filter((id) => !id.startsWith(`${TOLD_BY_ITSELF}/`));
  return JSON.stringify({ outcome, reasons, confirmed, cells: cells.sort(), ids: ids.sort() });
}
