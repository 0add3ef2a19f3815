import { KIND_WORDS } from '../../domain/election-words.ts';
import { html, type Html } from '../html.ts';
import { layout, type Frame } from '../layout.ts';
import { electionTable } from '../parts.ts';
import type { History, HistoryFilter } from '../source.ts';

const OUTCOMES = { verified: 'verified', mismatch: 'mismatch', inconclusive: 'inconclusive', none: 'no verdict' };

/** Every election that is known, by what was said of it. */
export function historyPage(frame: Frame, filter: HistoryFilter, history: History): string {
  const { elections, total, pages } = history;
  const body = html`
    <h1>History</h1>
    <form method="get" action="/history">
      ${choice('outcome', 'Verdict', OUTCOMES, filter.outcome)} ${choice('kind', 'Kind', KIND_WORDS, filter.kind)}
      <button>Show</button>
    </form>
    <p>${total} ${total === 1 ? 'election' : 'elections'}${pages > 1 && html`, page ${filter.page} of ${pages}`}</p>
    ${electionTable(elections, frame.at)}
    <p>${filter.page > 1 && pageLink(filter, -1, 'Newer')} ${filter.page < pages && pageLink(filter, 1, 'Older')}</p>
  `;
  return layout(frame, 'History', body, `/history.json${queryOf(filter)}`);
}

function choice(name: string, label: string, options: Readonly<Record<string, string>>, chosen: string | null): Html {
  const each = Object.entries(options).map(([value, words]) =>
    value === chosen
      ? html`<option value="${value}" selected>${words}</option>`
      : html`<option value="${value}">${words}</option>`,
  );
  return html`<label
    >${label}<br /><select name="${name}">
      <option value="">any</option>
      ${each}
    </select></label
  >`;
}

function pageLink(filter: HistoryFilter, step: number, words: string): Html {
  return html`<a href="/history${queryOf({ ...filter, page: filter.page + step })}">${words}</a>`;
}

function queryOf({ outcome, kind, page }: HistoryFilter): string {
  const query = new URLSearchParams();
  if (outcome !== null) query.set('outcome', outcome);
  if (kind !== null) query.set('kind', kind);
  if (page > 1) query.set('page', String(page));
  return query.size === 0 ? '' : `?${query.toString()}`;
}
