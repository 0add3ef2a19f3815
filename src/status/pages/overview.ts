import { utc } from '../../domain/document.ts';
import { closingText } from '../../domain/election-words.ts';
import type { HeldJob, Status } from '../../domain/overview.ts';
import type { LoopHealth } from '../../domain/service-ports.ts';
import { estimate, leftText } from '../../domain/timeline.ts';
import { channelsOf, healthOf } from '../health.ts';
import { html, type Html, type Part } from '../html.ts';
import { layout, list, section, table } from '../layout.ts';
import { electionTable, hashLink, progressBar, proposalLink, verdictMark } from '../parts.ts';

/** How it goes, at a glance. */
export function overviewPage(status: Status): string {
  const body = html`
    <h1>Is an IC-OS release what its source says?</h1>
    ${wellness(status)} ${nextDeadline(status)}
    ${section('Open elections', electionTable(status.elections, status.at) ?? html`<p>None.</p>`)}
    ${section(
      'Running',
      table(
        ['What', 'Since', 'Standing'],
        status.held.map((job) => heldRow(job, status)),
      ),
    )}
    ${section('Channels', channels(status))}
    ${section(
      'Loops',
      table(
        ['Loop', 'State'],
        status.loops.map((loop) => loopRow(loop, status.at)),
      ),
    )}
    ${section('Builders and queue', builders(status))} ${section('Which verified release is this?', search())}
  `;
  return layout(status, 'Status', body, '/status.json');
}

function wellness(status: Status): Html {
  const { ok, problems, notes } = healthOf(status);
  const state = ok ? html`<span class="well">It works.</span>` : html`<span class="ill">It does not work.</span>`;
  return html`<div class="card">
    <p>${state}</p>
    ${list(problems)}${list(notes)}
  </div>`;
}

function nextDeadline({ elections, at }: Status): Html {
  const next = elections.find(({ deadlineAt }) => deadlineAt !== null && deadlineAt * 1000 > at);
  if (!next) return html`<div class="card"><p>No deadline is near.</p></div>`;
  const closes = closingText(next.deadlineAt, at);
  return html`<div class="card">
    <p>Next: proposal ${proposalLink(next.id)} ${closes}</p>
    <p>${verdictMark(next.verdict)}</p>
  </div>`;
}

function heldRow(job: HeldJob, { at, pastBuilds }: Status): readonly Part[] {
  const since = `${leftText((at - job.sinceMs) / 1000)}${job.attempt > 1 ? `, try ${job.attempt}` : ''}`;
  if (job.kind === 'verify') return [html`Verification of ${proposalLink(job.key)}`, since, progressBar(job.progress)];
  const [commit = ''] = job.key.split('#');
  const { seconds, guessed } = estimate(pastBuilds);
  const passed = (at - job.sinceMs) / 1000;
  const percent = guessed ? null : Math.min(99, Math.floor((100 * passed) / seconds));
  const stage = 'building';
  const standing = progressBar({ stage, percent, expectedAt: null });
  const end = `expected until ${utc(job.sinceMs + seconds * 1000)}${guessed ? ' (a guess: nothing was built here yet)' : ''}`;
  return [html`Build of ${hashLink(commit)}`, since, html`${standing}<br />${end}`];
}

function channels(status: Status): Html | null {
  const rows = channelsOf(status).map(({ id, ok }): readonly Part[] => {
    const mail = status.deliveries.find(({ notifier }) => notifier === id);
    const state = ok ? html`<span class="well">works</span>` : html`<span class="ill">fails</span>`;
    const sent = mail?.sentAtMs == null ? 'nothing yet' : utc(mail.sentAtMs);
    return [id, state, sent, `${mail?.waiting ?? 0} waiting, ${mail?.dead ?? 0} given up`];
  });
  return table(['Channel', 'State', 'Sent last', 'Deliveries'], rows);
}

function loopRow({ loop, lastOkMs, lastFailure }: LoopHealth, at: number): readonly Part[] {
  const ok = lastOkMs === null ? 'not well yet' : `well ${leftText((at - lastOkMs) / 1000)} ago`;
  const failing = lastFailure !== null && lastFailure.atMs > (lastOkMs ?? 0);
  return [loop, failing ? html`${ok}, <span class="ill">failing: ${lastFailure.message}</span>` : ok];
}

function builders({ leases, queue }: Status): Html | null {
  const names = leases.flatMap((name) => /^builder (.+)$/.exec(name)?.[1] ?? []);
  const work = queue.map(({ kind, held, waiting }) => `${kind}: ${held} running, ${waiting} waiting`);
  return list([`Builders: ${names.length === 0 ? 'none' : names.join(', ')}`, ...work]);
}

function search(): Html {
  return html`<form method="get" action="/find">
    <label>Proposal, commit or SHA-256<br /><input name="q" size="40" maxlength="64" required /></label>
    <button>Find</button>
  </form>`;
}
