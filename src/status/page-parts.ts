import type { Outcome } from '../domain/check.ts';
import { utc } from '../domain/verdict-document.ts';
import { KIND_WORDS, standingOf, verdictRemarks } from '../domain/election-words.ts';
import { parseCommitId, parseProposalId, parseSha256 } from '../domain/ids.ts';
import type { ElectionRow } from '../domain/overview.ts';
import type { ProposalKind } from '../domain/proposal.ts';
import { leftText } from '../domain/reminders.ts';
import { markup, type Html, type Part } from './html.ts';

export type Tone = 'good' | 'bad' | 'open' | 'busy' | 'plain';

const TONES: Readonly<Record<Outcome, Tone>> = { verified: 'good', mismatch: 'bad', inconclusive: 'open' };
const SIGNS: Readonly<Record<Tone, string>> = { good: '✓', bad: '✕', open: '?', busy: '…', plain: '·' };

export function toneOf(outcome: Outcome | null): Tone {
  return outcome === null ? 'plain' : TONES[outcome];
}

/** A state in a word; its sign says the same to those who do not see the colour. */
export function pill(tone: Tone, word: string): Html {
  return markup`<span class="pill ${tone}"><span aria-hidden="true">${SIGNS[tone]}</span>${word}</span>`;
}

type RowVerdict = ElectionRow['verdict'];

/** The outcome, with what keeps it from being the last word. */
export function verdictPill(verdict: RowVerdict): Html {
  if (!verdict) return pill('plain', 'No verdict yet');
  const { outcome } = verdict;
  const remarks = verdictRemarks(verdict);
  const rest = remarks.length > 0 && markup` <span class="dim small">${remarks.join(', ')}</span>`;
  return markup`${pill(toneOf(outcome), outcome.toUpperCase())}${rest}`;
}

/** Links only where the text is what it claims to be. */
export function proposalLink(id: string, text: Part = id): Html {
  return parseProposalId(id) ? markup`<a href="/proposals/${id}">${text}</a>` : markup`${text}`;
}

export function commitLink(commit: string, digits = 40): Html {
  const text = markup`<code>${commit.slice(0, digits)}</code>`;
  return parseCommitId(commit) ? markup`<a href="/commits/${commit}" title="${commit}">${text}</a>` : text;
}

/** A digest with its ends in bold, which is what people compare. */
export function hashText(value: string): Html {
  if (!/^[0-9a-f]{40,}$/.test(value)) return markup`<code>${value}</code>`;
  return markup`<code><b>${value.slice(0, 8)}</b>${value.slice(8, -8)}<b>${value.slice(-8)}</b></code>`;
}

export function hashLink(value: string): Html {
  const shown = hashText(value);
  return parseSha256(value) ? markup`<a href="/hashes/${value.toLowerCase()}">${shown}</a>` : shown;
}

/** UTC milliseconds. */
export function when(ms: number): Html {
  const text = utc(ms);
  return markup`<time datetime="${text}">${text.replace('T', ' ').replace('Z', ' UTC')}</time>`;
}

/** What is left of a vote, and when it ends. `deadlineAt`: UTC seconds. */
export function closing(deadlineAt: number | null, nowMs: number): Html {
  if (deadlineAt === null) return markup`<span class="dim">deadline not known</span>`;
  const left = deadlineAt - nowMs / 1000;
  if (left <= 0) return markup`<span class="dim">closed ${when(deadlineAt * 1000)}</span>`;
  return markup`<strong>${leftText(left)} left</strong> <span class="dim small">until ${when(deadlineAt * 1000)}</span>`;
}

export function kindText(kind: ProposalKind): string {
  return { ...KIND_WORDS, 'elect-guestos': 'GuestOS election', 'elect-hostos': 'HostOS election' }[kind];
}

/** How far a run is, and when its end is expected; `progress` is what its worker last said. */
export function progressBar(progress: unknown, nowMs: number): Html {
  const { stage, percent, expectedAt } = standingOf(progress);
  const share = percent === null ? null : Math.max(0, Math.min(99, Math.round(percent)));
  const bar =
    share !== null && markup`<progress class="bar" max="100" value="${share}" aria-label="${stage}"></progress>`;
  const left = expectedAt === null ? null : expectedAt - nowMs / 1000;
  const end =
    left === null || expectedAt === null
      ? null
      : markup` <span class="dim small">about ${leftText(Math.max(60, left))} left, until ${when(expectedAt * 1000)}</span>`;
  return markup`${pill('busy', `${stage}${share === null ? '' : ` ${share} %`}`)}${end}${bar}`;
}

/** The work that is going on, or will, for one election; null: none. */
export function workOf(job: ElectionRow['job'], nowMs: number): Html | null {
  if (!job) return null;
  if (job.state === 'held') return progressBar(job.progress, nowMs);
  const soon = job.dueAtMs <= nowMs ? 'waits for its turn' : `again in ${leftText((job.dueAtMs - nowMs) / 1000)}`;
  return markup`<span class="dim small">${job.why === null ? soon : `${soon}: ${job.why}`}</span>`;
}
