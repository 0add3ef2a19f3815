import { KIND_WORDS } from '../../domain/election-words.ts';
import type { ChartFacts, History, HistoryFilter } from '../../domain/status-queries.ts';
import { charts } from '../chart.ts';
import { markup, ourMarkup, type Html, type Part } from '../html.ts';
import { layout, type Frame } from '../layout.ts';
import { historyPath, KINDS, LONGEST_TEXT, OUTCOMES } from '../page-query.ts';
import { electionTable } from './election-table.ts';

/** Past and open elections, filtered, with what came of them and how long builds took. */
export function historyPage(frame: Frame, filter: HistoryFilter, history: History, chart: ChartFacts): string {
  const { elections, total, pages } = history;
  const none = markup`<div class="panel dim">No election is like this.</div>`;
  const count = total === 1 ? 'One election' : `${total} elections`;
  const body = markup`
<h1>History</h1>
<p class="lead">Every IC-OS election that this service knows, the newest first.</p>
${charts(chart, frame.at)}
<h2>${count}</h2>
${form(filter)}
${elections.length === 0 ? none : electionTable(elections, frame.at)}
${pages > 1 && pager(filter, pages)}`;
  return layout(
    frame,
    { title: 'History', json: historyPath(filter, filter.page, '/history.json'), here: 'history' },
    body,
  );
}

function form({ outcome, kind, month = null, text = null }: HistoryFilter): Html {
  const outcomes = OUTCOMES.map((each) => option(each, each === 'none' ? 'no verdict' : each, outcome));
  const kinds = KINDS.map((each) => option(each, KIND_WORDS[each], kind));
  return markup`<form class="filters" method="get" action="/history">
<label>Verdict<select name="outcome"><option value="">any</option>${outcomes}</select></label>
<label>Kind<select name="kind"><option value="">any</option>${kinds}</select></label>
<label>Voting closes in<input type="month" name="month" placeholder="2026-09" pattern="20[0-9]{2}-[0-9]{2}" value="${month}"></label>
<label>Text<input type="search" name="text" maxlength="${LONGEST_TEXT}" placeholder="title, id or commit" value="${text}"></label>
<button>Filter</button></form>`;
}

function option(value: string, words: string, chosen: string | null): Part {
  return markup`<option value="${value}"${value === chosen && SELECTED}>${words}</option>`;
}

const SELECTED = ourMarkup(' selected');

function pager(filter: HistoryFilter, pages: number): Html {
  const { page } = filter;
  const link = (to: number, words: string): Html => markup`<a href="${historyPath(filter, to)}">${words}</a>`;
  return markup`<nav class="pages" aria-label="Pages of the history">
${page > 1 && link(page - 1, 'Newer')}<span class="dim">Page ${page} of ${pages}</span>${page < pages && link(page + 1, 'Older')}</nav>`;
}
