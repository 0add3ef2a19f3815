import { closingText, KIND_WORDS, progressText, standingOf, tallyText, verdictText } from '../domain/election-words.ts';
import type { ElectionRow } from '../domain/overview.ts';
import { leftText } from '../domain/timeline.ts';
import { html, type Html } from './html.ts';
import { table } from './layout.ts';

/** Elections as every list shows them. */
export function electionTable(rows: readonly ElectionRow[], at: number): Html | null {
  return table(
    ['Proposal', 'Verdict', 'Vote', 'Title'],
    rows.map((row) => [proposalLink(row.id), said(row, at), vote(row, at), row.title ?? '']),
  );
}

export function proposalLink(id: string): Html {
  return html`<a href="/proposals/${id}">${id}</a>`;
}

export function hashLink(hash: string): Html {
  const page = hash.length === 40 ? 'commits' : 'hashes';
  return html`<a href="/${page}/${hash}"><code>${hash}</code></a>`;
}

export function verdictMark(verdict: ElectionRow['verdict']): Html {
  return html`<span class="${verdict?.outcome ?? 'none'}">${verdictText(verdict)}</span>`;
}

function vote({ kind, status, deadlineAt, tally }: ElectionRow, at: number): Html {
  return html`${KIND_WORDS[kind]}, ${status}<br />${closingText(deadlineAt, at)}<br />${tallyText(tally)}`;
}

function said({ verdict, job }: ElectionRow, at: number): Html {
  const mark = verdictMark(verdict);
  if (!job) return mark;
  if (job.state === 'held') return html`${mark}<br />${progressBar(job.progress)}`;
  const when = job.dueAtMs > at ? `again in ${leftText((job.dueAtMs - at) / 1000)}` : 'waits for its turn';
  return html`${mark}<br /><span class="dim">${when}${job.why !== null && html`: ${job.why}`}</span>`;
}

/** What a worker says of its work. */
export function progressBar(progress: unknown): Html {
  const { percent } = standingOf(progress);
  const bar = percent !== null && html`<br /><progress max="100" value="${percent}" aria-label="Progress"></progress>`;
  return html`<span>${progressText(progress)}${bar}</span>`;
}
