import { verdictRemarks } from '../../domain/election-words.ts';
import type { ElectionRow, Status } from '../../domain/overview.ts';
import { votesCount } from '../../domain/voting.ts';
import { markup, type Html } from '../html.ts';
import { closing, kindText, proposalLink, toneOf, workOf } from '../page-parts.ts';

type Standing = 'mismatch' | 'inconclusive' | 'none' | 'verified';

/** The worst first: what nobody has judged yet is worse than what is verified. */
const ORDER: readonly Standing[] = ['mismatch', 'inconclusive', 'none', 'verified'];
const COUNTED: Readonly<Record<Standing, (count: number) => string>> = {
  mismatch: (count) => (count === 1 ? '1 mismatch' : `${count} mismatches`),
  inconclusive: (count) => `${count} inconclusive`,
  none: (count) => `${count} without a verdict yet`,
  verified: (count) => `${count} verified`,
};

const standingOf = ({ verdict }: ElectionRow): Standing => verdict?.outcome ?? 'none';
const rank = (row: ElectionRow): number => ORDER.indexOf(standingOf(row));

/** Elections with votes to come, the worst first, and of the same the most urgent; then those that are decided by time. */
export function worstFirst(elections: readonly ElectionRow[], at: number): readonly ElectionRow[] {
  const open = openOf({ elections, at });
  const closed = elections.filter((row) => !open.includes(row));
  return [...open.toSorted((a, b) => rank(a) - rank(b)), ...closed];
}

/** `at`: UTC milliseconds. */
function openOf({ elections, at }: Pick<Status, 'elections' | 'at'>): readonly ElectionRow[] {
  return elections.filter((row) => votesCount(row, at / 1000));
}

/** The worst verdict of an election whose votes still count, and how many there are of each. */
export function hero(status: Status): Html {
  const [worst] = worstFirst(openOf(status), status.at);
  if (!worst) {
    return markup`<section class="panel verdict plain" aria-label="Worst open verdict"><strong class="word">NO ELECTION IS OPEN</strong></section>`;
  }
  const { id, kind, title, deadlineAt, verdict, job } = worst;
  const work = workOf(job, status.at);
  const remarks = verdict ? verdictRemarks(verdict) : [];
  const tone = verdict ? toneOf(verdict.outcome) : job?.state === 'held' ? 'busy' : 'plain';
  return markup`<section class="panel verdict ${tone}" aria-label="Worst open verdict">
<strong class="word">${wordOf(worst)}</strong>${remarks.length > 0 && markup` <span class="small">${remarks.join(', ')}</span>`}
<p>${proposalLink(id, `Proposal ${id}`)} · ${kindText(kind)} · ${closing(deadlineAt, status.at)}</p>
${title !== null && markup`<p>“${title}”</p>`}${work && markup`<p>${work}</p>`}
<p class="small">${countsText(status)}</p></section>`;
}

/** The same in a line, for where somebody links to the page. */
export function heroTitle(status: Status): string {
  const [worst] = worstFirst(openOf(status), status.at);
  return worst ? `${wordOf(worst)}: proposal ${worst.id}, ${kindText(worst.kind)}` : 'No election is open';
}

function wordOf({ verdict }: ElectionRow): string {
  if (!verdict) return 'NO VERDICT YET';
  return `${verdict.outcome.toUpperCase()}${verdict.confirmed === false ? ', NOT CONFIRMED YET' : ''}`;
}

/** `Open elections: 1 mismatch · 2 verified`. */
export function countsText(status: Pick<Status, 'elections' | 'at'>): string {
  const open = openOf(status);
  const counts = ORDER.flatMap((standing) => {
    const count = open.filter((row) => standingOf(row) === standing).length;
    return count === 0 ? [] : [COUNTED[standing](count)];
  });
  return counts.length === 0 ? 'Open elections: none' : `Open elections: ${counts.join(' · ')}`;
}
