import type { CheckResult, Comparison, Side } from '../../domain/check.ts';
import { utc } from '../../domain/document.ts';
import { closingText, tallyText } from '../../domain/election-words.ts';
import { keyText } from '../../domain/evidence.ts';
import { proposalLinks } from '../../domain/links.ts';
import { fate, timelineOf } from '../../domain/story-timeline.ts';
import type { Place, Story } from '../../domain/story.ts';
import { leftText } from '../../domain/timeline.ts';
import { html, type Html, type Part } from '../html.ts';
import { facts, layout, list, section, table, type Frame } from '../layout.ts';
import { hashLink, proposalLink } from '../parts.ts';
import type { Shown } from '../source.ts';

/** Everything known of a proposal, a commit or a hash. */
export function storyPage(frame: Frame, title: string, shown: Shown, json: string): string {
  const { story, others, seconds } = shown;
  const { proposal, verdict } = story;
  const results = verdict?.verdict.results ?? [];
  const body = html`
    <h1>${title}</h1>
    ${headline(story, seconds)} ${proposal && about(story, frame.at)}
    ${section('Findings', list((verdict?.verdict.findings ?? []).map((each) => `${each.severity}: ${each.sentence}`)))}
    ${section('Caveats', list((verdict?.verdict.caveats ?? []).map(({ sentence }) => sentence)))}
    ${section('Checks', table(['Check', 'Outcome', 'Both sides'], results.map(checkRow)))}
    ${section('Evidence', table(['What', 'Where', 'Kept bytes'], evidenceRows(story)))}
    ${section(
      'Timeline',
      table(
        ['UTC', 'What'],
        timelineOf(story).map(({ at, what }) => [utc(at), what]),
      ),
    )}
    ${section('Deliveries', table(['News', 'Channel', 'State'], deliveryRows(story)))}
    ${section('Also seen in', list(others.map(placeText)))}
  `;
  return layout(frame, title, body, json);
}

function headline({ run, verdict }: Story, seconds: Readonly<Record<string, number>>): Html {
  if (!verdict) {
    const why = run ? `${run.stage}.` : 'no verification has begun.';
    return html`<div class="card">
      <p><span class="none">No verdict yet:</span> ${why}</p>
    </div>`;
  }
  const { outcome, headline: sentence, reasons, confirmed } = verdict.verdict;
  const remarks = [
    ...reasons,
    ...(confirmed === false ? ['not confirmed yet'] : []),
    ...(verdict.final ? [] : ['not final']),
    `revision ${verdict.revision}`,
    utc(verdict.decidedAt),
    ...Object.entries(seconds).map(([stage, each]) => `${stage} ${leftText(each)}`),
  ];
  return html`<div class="card">
    <p class="${outcome}">${outcome.toUpperCase()}</p>
    <p>${sentence}</p>
    <p class="dim">${remarks.join(' · ')}</p>
  </div>`;
}

function about({ proposal, run }: Story, at: number): Html | null {
  if (!proposal) return null;
  const version = 'version' in proposal.action ? proposal.action.version : null;
  const commit = version?.commit ?? run?.commit ?? null;
  const links = proposalLinks(proposal.id, commit);
  return facts([
    ['Title', proposal.title],
    ['Vote', `${proposal.status} · ${closingText(proposal.deadlineAt, at)} · ${tallyText(proposal.tally)}`],
    ...(commit === null ? [] : ([['Commit', hashLink(commit)]] as const)),
    ...(version === null ? [] : ([['Package', hashLink(version.packageSha256)]] as const)),
    ...(proposal.url === '' ? [] : ([['Its own link, not checked', html`<code>${proposal.url}</code>`]] as const)),
    ['Look yourself', html`<a href="${links.dashboard}">dashboard</a> · <a href="${links.nns}">NNS app</a>`],
    ...(links.source === null ? [] : ([['Source', html`<a href="${links.source}">on GitHub</a>`]] as const)),
  ]);
}

function checkRow(result: CheckResult): readonly Part[] {
  const { title, tier, component, outcome, sentence } = result;
  const name = html`${title}<br /><span class="dim">${component === null ? tier : `${component}, ${tier}`}</span>`;
  const sides = result.outcome === 'skipped' ? [] : result.comparisons.map(comparison);
  return [name, html`<span class="${outcome}">${outcome}</span>`, html`${sentence}${sides}`];
}

function comparison({ label, expected, actual, equal }: Comparison): Html {
  const seen = expected.value !== null && actual.value !== null;
  const mark = equal
    ? html`<span class="well">equal</span>`
    : html`<span class="ill">${seen ? 'not equal' : 'not seen'}</span>`;
  return html`<p>${label}: ${mark}</p>
    ${facts([
      ['Expected', side(expected)],
      ['Actual', side(actual)],
    ])}`;
}

function side({ value, source }: Side): Html {
  return html`<code>${value ?? 'not seen'}</code><br /><span class="dim">${source}</span>`;
}

function evidenceRows({ evidence }: Story): (readonly Part[])[] {
  return evidence.all().map(({ key, observation }) => {
    const what = observation.status === 'observed' ? null : html`<br /><span class="none">${observation.code}</span>`;
    const file = observation.file === undefined ? '' : html`<code>${observation.file}</code>`;
    return [html`${keyText(key)}${what}`, html`${observation.source}<br />${utc(observation.observedAt)}`, file];
  });
}

function deliveryRows({ notices }: Story): (readonly Part[])[] {
  return notices.flatMap(({ key, deliveries }) =>
    deliveries.map((delivery): readonly Part[] => [key, delivery.notifier, fate(delivery)]),
  );
}

function placeText({ proposal, run }: Place): Html {
  return proposal === null ? html`a run by hand, ${run}` : html`proposal ${proposalLink(proposal)}`;
}
