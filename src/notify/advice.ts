import { z } from 'zod';
import { tallyShares } from '../domain/election-words.ts';
import type { Tally } from '../domain/proposal.ts';
import { leftText } from '../domain/reminders.ts';
import type { Notice, ProposalCard } from '../domain/notice.ts';
import { voteAdvice, type VoteAdvice } from '../domain/voting.ts';
import { quoted } from './escape.ts';
import { line, type Line, type MessageLink, say, strong } from './message-parts.ts';
import type { VerdictView } from './verdict-view.ts';
import type { VerdictDocument } from '../domain/verdict-document.ts';

/** What a reader can do now: check by hand, vote as the outcome allows, look further. */
export function adviceLines(notice: Notice, view: VerdictView | null): Line[] {
  const { proposal } = notice;
  if (!proposal) return [];
  const advice = voteAdviceOf(notice, view);
  return [
    // No command that votes stands in a message to all.
    ...(advice?.kind === 'do-not-adopt' ? [[strong(advice.sentence)]] : []),
    [say('Check it yourself: '), { code: `nns-watch verify ${proposal.id}` }],
    ...(proposal.url === '' || view?.outcome === 'verified'
      ? []
      : [line(`The proposal’s own link, not checked: ${quoted(proposal.url, 150)}`)]),
  ];
}

/**
 * Where a reader goes on: to vote after a verified verdict, to look further, to our page. On another network the number
 * is another proposal than mainnet’s, which the public pages show; a commit is the same everywhere.
 */
export function messageLinks(notice: Notice, view: VerdictView | null, statusUrl: string | null): MessageLink[] {
  const { proposal, network } = notice;
  const base = statusUrl?.replace(/\/+$/, '') ?? null;
  if (!proposal) return base === null ? [] : [{ link: `${base}/`, label: 'Status page' }];
  const { id, links } = proposal;
  const mayVote = voteAdviceOf(notice, view)?.kind === 'vote-freely';
  return [
    ...(mayVote ? [{ link: links.nns, label: 'Vote in the NNS app' }] : []),
    ...(base === null ? [] : [{ link: `${base}/proposals/${id}`, label: 'Status page' }]),
    ...(network === 'mainnet' ? [{ link: links.dashboard, label: 'Dashboard' }] : []),
    ...(links.source === null ? [] : [{ link: links.source, label: 'Source' }]),
  ];
}

/** What a vote can rest on; null: no vote counts any more, or not on this network. */
export function voteAdviceOf({ proposal, network, at }: Notice, view: VerdictView | null): VoteAdvice | null {
  if (!proposal) return null;
  const { status, deadlineAt } = proposal;
  const verdict = view && { outcome: view.outcome, confirmed: view.confirmed, results: view.checks };
  return voteAdvice({ network, status, deadlineAt, verdict }, at);
}

/** The vote in one line: where it stands, how long it goes on, and what was voted so far. */
export function votingLine({ status, deadlineAt, decidedAt, tally }: ProposalCard, now: number): Line {
  const told = tallyWords(tally);
  const counts: Line = told === null ? [] : [say(` · ${told}`)];
  if (deadlineAt === null) return [say(`Vote: ${status}, deadline not known`), ...counts];
  const decided: Line = decidedAt === null ? [] : [say(', decided '), { time: decidedAt }];
  const open = now < deadlineAt;
  const deadline = open ? { time: deadlineAt, left: leftText(deadlineAt - now) } : { time: deadlineAt };
  return [say(`Vote: ${status}`), ...decided, say(open ? ', closes ' : ', closed '), deadline, ...counts];
}

/** Shares of all voting power; null before anybody voted. */
function tallyWords(tally: Tally | null): string | null {
  const shares = tallyShares(tally);
  if (!tally || !shares || (BigInt(tally.yes) === 0n && BigInt(tally.no) === 0n)) return null;
  return `${shares.yes} yes, ${shares.no} no`;
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
