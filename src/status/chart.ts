import type { Outcome } from '../domain/check.ts';
import type { ChartFacts, TimedBuild } from '../domain/status-queries.ts';
import { leftText } from '../domain/reminders.ts';
import { markup, type Html, type Part } from './html.ts';

export const MONTHS = 12;
const ORDER: readonly Outcome[] = ['verified', 'inconclusive', 'mismatch'];
const [WIDTH, HEIGHT, BOTTOM, LEFT] = [480, 150, 20, 74];

interface Month {
  /** `2026-09`, in UTC. */
  readonly name: string;
  readonly counts: Readonly<Record<Outcome, number>>;
}

/** Outcomes by month and the times that builds took, each with the same numbers as a table. */
export function charts({ outcomes, builds }: ChartFacts, at: number): Html {
  const months = monthsUntil(at).map((name): Month => {
    const of = (outcome: Outcome): number =>
      outcomes.filter((each) => each.outcome === outcome && monthOf(each.decidedAtMs) === name).length;
    return { name, counts: { verified: of('verified'), mismatch: of('mismatch'), inconclusive: of('inconclusive') } };
  });
  return markup`<div class="grid">${outcomeChart(months)}${buildChart([...builds].reverse())}</div>`;
}

function outcomeChart(months: readonly Month[]): Html {
  const most = Math.max(1, ...months.map(({ counts }) => totalOf(counts)));
  const step = (WIDTH - LEFT) / months.length;
  const bars = months.map(({ name, counts }, at) => {
    let top = HEIGHT - BOTTOM;
    const parts = ORDER.map((outcome) => {
      const height = ((HEIGHT - BOTTOM - 12) * counts[outcome]) / most;
      top -= height;
      return rect(outcome, LEFT + at * step + 3, top, step - 6, height);
    });
    const label = at % 3 === 2 && text(LEFT + (at + 1) * step, HEIGHT - 6, name, 'end');
    return [...parts, label];
  });
  const all = months.reduce((sum, { counts }) => sum + totalOf(counts), 0);
  const sum = ORDER.map((outcome) => `${months.reduce((n, { counts }) => n + counts[outcome], 0)} ${outcome}`).join(
    ', ',
  );
  const key = ORDER.map((outcome) => markup`<span><i class="${outcome}"></i>${outcome}</span>`);
  const cells = months
    .filter(({ counts }) => totalOf(counts) > 0)
    .map(({ name, counts }) => [name, ...ORDER.map((each) => String(counts[each]))]);
  return figure(
    'Verdicts by month',
    `${all} elections judged in twelve months: ${sum}.`,
    markup`${axis(String(most))}${bars}`,
    markup`<p class="key small">${key}</p>${numbers(['Month', ...ORDER], cells)}`,
  );
}

function buildChart(builds: readonly TimedBuild[]): Html {
  const longest = Math.max(60, ...builds.map(({ seconds }) => seconds));
  const step = (WIDTH - LEFT) / Math.max(12, builds.length);
  const bars = builds.map(({ seconds }, at) => {
    const height = Math.max(2, ((HEIGHT - BOTTOM - 12) * seconds) / longest);
    return rect('built', LEFT + at * step + 2, HEIGHT - BOTTOM - height, step - 4, height);
  });
  const sorted = builds.map(({ seconds }) => seconds).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  const said =
    median === undefined
      ? 'Nothing was built here yet.'
      : `The latest ${builds.length} builds took ${leftText(median)} in the median, ${leftText(longest)} at most.`;
  const cells = builds.map(({ commit, seconds, atMs }) => [
    new Date(atMs).toISOString().slice(0, 10),
    commit?.slice(0, 10) ?? '',
    leftText(seconds),
  ]);
  return figure(
    'Build times',
    said,
    markup`${axis(leftText(longest))}${bars}`,
    numbers(['Day', 'Commit', 'Took'], cells),
  );
}

function figure(title: string, said: string, drawn: Html, below: Part): Html {
  return markup`<figure class="panel"><figcaption>${title}</figcaption><svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${`${title}. ${said}`}">${drawn}</svg><p class="dim small">${said}</p>${below}</figure>`;
}

function axis(top: string): Html {
  const base = HEIGHT - BOTTOM;
  return markup`<line x1="${LEFT}" y1="${base}" x2="${WIDTH}" y2="${base}"/><line x1="${LEFT}" y1="12" x2="${WIDTH}" y2="12" stroke-dasharray="2 4"/>${text(LEFT - 5, 16, top, 'end')}${text(LEFT - 5, base + 4, '0', 'end')}`;
}

function numbers(heads: readonly string[], cells: readonly (readonly string[])[]): Html | null {
  if (cells.length === 0) return null;
  const head = heads.map((each) => markup`<th scope="col">${each}</th>`);
  const body = cells.map((row) => markup`<tr>${row.map((cell) => markup`<td>${cell}</td>`)}</tr>`);
  return markup`<details><summary>As numbers</summary><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></details>`;
}

function rect(kind: string, x: number, y: number, width: number, height: number): Part {
  if (height === 0) return null;
  return markup`<rect class="${kind}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" rx="1.5"/>`;
}

function text(x: number, y: number, words: string, anchor: 'middle' | 'end'): Html {
  return markup`<text x="${x.toFixed(1)}" y="${y}" text-anchor="${anchor}">${words}</text>`;
}

function totalOf(counts: Month['counts']): number {
  return ORDER.reduce((sum, outcome) => sum + counts[outcome], 0);
}

function monthOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 7);
}

/** The last months in UTC, this one last. */
function monthsUntil(at: number): readonly string[] {
  const now = new Date(at);
  return Array.from({ length: MONTHS }, (_, n) =>
    monthOf(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - (MONTHS - 1) + n)),
  );
}

/** The first millisecond that the charts show. */
export function chartSince(at: number): number {
  return Date.parse(`${monthsUntil(at)[0] ?? ''}-01T00:00:00Z`);
}
