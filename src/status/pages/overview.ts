import type { HeldJob, Status } from '../../domain/overview.ts';
import { estimate, leftText } from '../../domain/reminders.ts';
import { noteText, type ServiceHealth } from '../../domain/health.ts';
import { markup, type Html, type Part } from '../html.ts';
import { layout, list, rows, section, table, type Column, type Head } from '../layout.ts';
import { closing, commitLink, kindText, pill, progressBar, proposalLink, toneOf, when } from '../page-parts.ts';
import { electionTable, standing } from './election-table.ts';
import { countsText, hero, heroTitle, worstFirst } from './hero.ts';
import { serviceSection } from './service.ts';

/** Most elections that a page lists. */
export const MOST_LISTED = 50;

/** How it goes, at a glance: the worst verdict that is open first. */
export function overviewPage(status: Status, options: OverviewOptions = {}): string {
  const { publicUrl = null, paused = false } = options;
  const { at } = status;
  const elections = worstFirst(status.elections, at);
  const more = elections.length - MOST_LISTED;
  const body = markup`
<h1>Does the IC-OS release reproduce from its source?</h1>
<p class="lead">Elections of IC-OS versions with votes to come, and how far their verification is.</p>
${hero(status)}
<div class="grid two">${nextDeadline(status)}${wellness(status.health)}</div>
${section(
  'Open elections',
  elections.length === 0
    ? markup`<div class="panel dim">No election is open. <a href="/history">See the past ones</a>.</div>`
    : electionTable(elections.slice(0, MOST_LISTED), at),
)}
${more > 0 && markup`<p class="dim">${more} more are in the <a href="/history">history</a>.</p>`}
${section('In progress', running(status))}
${serviceSection(status)}`;
  const goesOn = status.held.length > 0 || elections.some(({ job }) => job?.state === 'held');
  const head: Head = {
    ...{ title: 'Overview', json: '/status.json', here: 'overview' },
    summary: { title: heroTitle(status), description: countsText(status), path: '/', image: null },
    refresh: goesOn ? { path: '/', paused } : null,
  };
  return layout({ ...status, publicUrl }, head, body);
}

export interface OverviewOptions {
  readonly publicUrl?: string | null;
  /** The reader does not want the page to be asked for again by itself. */
  readonly paused?: boolean;
}

function wellness({ ok, problems, notes }: ServiceHealth): Html {
  const word = ok ? pill('good', 'Working') : pill('bad', 'Not working');
  const said = ok ? notes.map(noteText) : problems;
  return markup`<section class="panel" aria-label="Health"><p>${word}</p>${said.length > 0 ? list(said) : markup`<p class="dim">It looks for proposals, verifies them, and tells.</p>`}</section>`;
}

function nextDeadline({ elections, at }: Status): Html {
  const next = elections.find(({ deadlineAt }) => deadlineAt !== null && deadlineAt * 1000 > at);
  if (!next)
    return markup`<section class="panel"><h3>No deadline is near</h3><p class="dim">No election is open.</p></section>`;
  const tone = next.verdict ? toneOf(next.verdict.outcome) : next.job?.state === 'held' ? 'busy' : 'plain';
  return markup`<section class="panel verdict ${tone}" aria-label="Next deadline">
<p class="small">Next deadline</p>
<h3>${proposalLink(next.id, `Proposal ${next.id}`)} · ${kindText(next.kind)}</h3>
<p>${closing(next.deadlineAt, at)}</p>
<p>${standing(next, at)}</p>
</section>`;
}

const RUNNING: readonly Column[] = [{ head: 'Work' }, { head: 'Since', width: 'tight' }, { head: 'Standing' }];

function running(status: Status): Html | null {
  if (status.held.length === 0) return null;
  return table(
    'In progress',
    RUNNING,
    rows(
      RUNNING,
      status.held.map((job) => heldRow(job, status)),
    ),
  );
}

function heldRow(job: HeldJob, { at, pastBuilds }: Status): readonly Part[] {
  const tries = job.attempt > 1 ? `, try ${job.attempt}` : '';
  const since = markup`${when(job.sinceMs)}<br><span class="dim small">for ${leftText((at - job.sinceMs) / 1000)}${tries}</span>`;
  if (job.kind === 'verify') {
    return [markup`Verification of proposal ${proposalLink(job.key)}`, since, progressBar(job.progress, at)];
  }
  const [commit = ''] = job.key.split('#');
  const live = markup`<br><a class="small" href="/commits/${commit}/live">Follow its log</a>`;
  return [markup`Build of ${commitLink(commit, 10)}${live}`, since, buildStanding(job.sinceMs, pastBuilds, at)];
}

/** How far a build is, by how long the last ones took. */
export function buildStanding(sinceMs: number, pastBuilds: readonly number[], at: number): Html {
  const { seconds, guessed } = estimate(pastBuilds);
  const percent = guessed ? null : Math.min(99, Math.floor((at - sinceMs) / 10 / seconds));
  const bar = progressBar({ stage: 'building', percent, expectedAt: sinceMs / 1000 + seconds }, at);
  return markup`${bar}${guessed && markup` <span class="dim small">(a guess: nothing was built here yet)</span>`}`;
}
