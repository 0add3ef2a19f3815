import { z } from 'zod';
import { leftText } from '../domain/reminders.ts';
import type { Notice, ProposalCard } from '../domain/notice.ts';
import { voteAdvice, type VoteAdvice } from '../domain/voting.ts';
import { quoted } from './escape.ts';
import { line, type Line, say, strong } from './message-parts.ts';
import type { VerdictView } from './verdict-view.ts';
import type { VerdictDocument } from '../domain/verdict-document.ts';

/** What a reader can do now: check by hand, vote as the outcome allows, look further. */
export function adviceLines(notice: Notice, view: VerdictView | null, statusUrl: string | null): Line[] {
  const { proposal } = notice;
  if (!proposal) return statusUrl === null ? [] : [[{ link: statusUrl, label: 'Status page' }]];
  return [
    ...voteLines(voteAdviceOf(notice, view), proposal),
    [say('Check it yourself: '), { code: `nns-watch verify -p ${proposal.id}` }],
    linkLine(proposal, statusUrl),
    ...(proposal.url === '' ? [] : [line(`The proposal’s own link, not checked: ${quoted(proposal.url, 150)}`)]),
  ];
}

/** What a vote can rest on; null: no vote counts any more, or not on this network. */
export function voteAdviceOf({ proposal, network, at }: Notice, view: VerdictView | null): VoteAdvice | null {
  if (!proposal) return null;
  const { status, deadlineAt } = proposal;
  const verdict = view && { outcome: view.outcome, confirmed: view.confirmed, results: view.checks };
  return voteAdvice({ network, status, deadlineAt, verdict }, at);
}

/** Where to vote, after a verified verdict; the warning after a mismatch. No command stands in a message to all. */
function voteLines(advice: VoteAdvice | null, { links }: ProposalCard): Line[] {
  if (advice?.kind === 'vote-freely') return [[say('Vote: '), { link: links.nns, label: 'NNS app' }]];
  return advice?.kind === 'do-not-adopt' ? [[strong(advice.sentence)]] : [];
}

function linkLine({ id, links }: ProposalCard, statusUrl: string | null): Line {
  const all = [
    { link: links.dashboard, label: 'Dashboard' },
    ...(links.source === null ? [] : [{ link: links.source, label: 'Source' }]),
    ...(statusUrl === null ? [] : [{ link: `${statusUrl.replace(/\/+$/, '')}/proposals/${id}`, label: 'Status page' }]),
  ];
  return all.flatMap((link, at) => (at === 0 ? [link] : [say(' · '), link]));
}

/** The vote in one line: where it stands, and how long it goes on. */
export function votingLine({ status, deadlineAt, decidedAt }: ProposalCard, now: number): Line {
  if (deadlineAt === null) return line(`Vote: ${status}, deadline not known`);
  const decided: Line = decidedAt === null ? [] : [say(', decided '), { time: decidedAt }];
  const open = now < deadlineAt;
  const deadline = open ? { time: deadlineAt, left: leftText(deadlineAt - now) } : { time: deadlineAt };
  return [say(`Vote: ${status}`), ...decided, say(open ? ', closes ' : ', closed '), deadline];
}

/** Shares of the whole voting power, in hundredths of a percent by integer arithmetic: the counts exceed 2^53. */
export function tallyLine({ tally }: ProposalCard): Line | null {
  if (!tally || ![tally.yes, tally.no, tally.total].every((count) => /^\d{1,30}$/.test(count))) return null;
  const total = BigInt(tally.total);
  if (total === 0n) return null;
  const share = (count: string): string => (Number((BigInt(count) * 10_000n) / total) / 100).toFixed(2);
  return line(`Tally: ${share(tally.yes)} % yes, ${share(tally.no)} % no of all voting power`);
}

const built = z.object({
  kind: z.literal('build'),
  source: z.string(),
  observedAt: z.string(),
  value: z.object({
    builder: z.string(),
    seconds: z.number(),
    exitCode: z.number().nullable(),
    signal: z.string().nullable(),
  }),
  file: z.string().optional(),
});

/** One build that a verdict rests on: where it ran, how it ended, and under which SHA-256 its log is kept. */
export type BuildView = z.infer<typeof built>;

/** The builds of a verdict, the first one first; the last may be that which confirms. */
export function buildsOf({ evidence }: VerdictDocument): readonly BuildView[] {
  return evidence.flatMap((each) => built.safeParse(each).data ?? []);
}
