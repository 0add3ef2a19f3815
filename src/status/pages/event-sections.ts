import type { Component } from '../../domain/component.ts';
import { utc } from '../../domain/verdict-document.ts';
import { tallyText } from '../../domain/election-words.ts';
import type { ProposalId } from '../../domain/ids.ts';
import { proposalLinks } from '../../domain/network.ts';
import { kindOf, type LaunchMeasurement, type Proposal } from '../../domain/proposal.ts';
import { fate, timelineOf } from '../../domain/event-log.ts';
import type { ProposalHistory } from '../../domain/proposal-history.ts';
import { plainText } from '../../domain/text.ts';
import { markup, type Html, type Part } from '../html.ts';
import { facts, folded, list, rows, section, table, type Column, type Frame } from '../layout.ts';
import { closing, commitLink, hashText, kindText, pill, toneOf, when, type Tone } from '../page-parts.ts';
import { verifyCommand } from './election-table.ts';
import { differences, evidenceTable } from './evidence.ts';

/** The verdict in its words, or what there is instead of one. */
export function verdictPanel({ proposal, run, verdict }: ProposalHistory, work: Part): Html {
  if (!verdict) {
    const none = work === null ? 'No verification has begun.' : 'The verification is not over.';
    const stands = run ? `The verification is ${run.stage}.` : none;
    return markup`<section class="panel verdict ${work === null ? 'plain' : 'busy'}" aria-label="Verdict">
<strong class="word">NO VERDICT YET</strong><p>${stands}</p>${work ?? (proposal && !run && verifyCommand(proposal.id))}</section>`;
  }
  const { outcome, reasons, confirmed } = verdict.verdict;
  const headline = plainText(verdict.verdict.headline, 320);
  const word = outcome.toUpperCase();
  const remarks = [
    ...reasons,
    ...(confirmed === false ? ['not confirmed yet'] : []),
    ...(verdict.final ? [] : ['not final']),
    `revision ${verdict.revision}`,
  ];
  return markup`<section class="panel verdict ${toneOf(outcome)}" aria-label="Verdict">
<strong class="word">${word}</strong>
<p>${headline.startsWith(`${word}: `) ? headline.slice(word.length + 2) : headline}</p>
<p class="small">${remarks.join(' · ')} · ${when(verdict.decidedAt)}</p>${work}</section>`;
}

/** What the proposal is and where the vote stands. */
export function aboutProposal(proposal: Proposal, commit: string | null, { network, at }: Frame): Html {
  const { id, title, status, deadlineAt, tally, url, proposer, action } = proposal;
  const urls = 'version' in action ? action.version.packageUrls : [];
  const retires = 'version' in action ? action.version.retires : 'retires' in action ? action.retires : [];
  return markup`<div class="panel">${facts([
    ['Title', `“${plainText(title, 120)}”`],
    ['Kind', kindText(kindOf(proposal))],
    ['Vote', markup`${status} · ${closing(deadlineAt, at)} · ${tallyText(tally)}`],
    ...(commit === null ? [] : ([['Commit', commitLink(commit)]] as const)),
    ...(urls.length === 0 ? [] : ([['Package URLs', bounded(urls)]] as const)),
    ...(retires.length === 0 ? [] : ([['Retires', bounded(retires)]] as const)),
    ...(proposer === null ? [] : ([['Proposer', `neuron ${proposer}`]] as const)),
    ...(url === '' ? [] : ([['Its own link, not checked', markup`<code>${plainText(url, 160)}</code>`]] as const)),
    ...(action.kind === 'undecodable' ? ([['Payload', action.sentence]] as const) : []),
    ['Check it yourself', markup`${elsewhere(id, action, network)}<code>nns-watch verify ${id}</code>`],
  ])}</div>`;
}

/** The public pages know mainnet’s proposal of this number, which on another network is another one. */
function elsewhere(id: ProposalId, action: Proposal['action'], network: string): Html | null {
  if (network !== 'mainnet') return null;
  const elects = action.kind === 'elect-guestos' || action.kind === 'elect-hostos';
  const { dashboard, nns, source } = proposalLinks(id, elects ? action.version.commit : null);
  return markup`<a href="${dashboard}" rel="noreferrer">Dashboard</a> · <a href="${nns}" rel="noreferrer">NNS app</a> · ${
    source !== null && markup`<a href="${source}" rel="noreferrer">Source</a> · `
  }`;
}

const MOST_NAMES = 50;

/** More of them are folded away. */
const FEW_NAMES = 2;

function bounded(texts: readonly string[]): Part {
  const shown: readonly Part[] = texts
    .slice(0, MOST_NAMES)
    .map((text) => markup`<code>${plainText(text, 300)}</code><br>`);
  const all = texts.length > MOST_NAMES ? [...shown, `and ${texts.length - MOST_NAMES} more`] : shown;
  if (texts.length <= FEW_NAMES) return all;
  return [shown[0] ?? null, markup`<details><summary>and ${texts.length - 1} more</summary>${all.slice(1)}</details>`];
}

const SEVERITIES: Readonly<Record<string, Tone>> = { serious: 'bad', warning: 'open', info: 'plain' };

/** What was found beside the outcome, every check with both sides, and what was kept. */
export function judgedSections(history: ProposalHistory): Part {
  const verdict = history.verdict?.verdict ?? null;
  const results = verdict?.results ?? [];
  const findings = (verdict?.findings ?? []).map(
    ({ severity, sentence }) =>
      markup`${pill(SEVERITIES[severity] ?? 'plain', severity)} ${plainText(sentence, SENTENCE)}`,
  );
  const caveats = (verdict?.caveats ?? []).map(({ sentence }) => plainText(sentence, SENTENCE));
  const given = measured(history.proposal);
  const all = history.evidence.all().length;
  const evidence = evidenceTable(results, electedComponent(history.proposal));
  return [
    section('What differs', differences(results)),
    section('Findings', few(findings)),
    section('Caveats: what this verdict does not cover', few(caveats)),
    folded('Evidence', `${results.length} checks with both sides`, evidence),
    folded('Launch measurements in the payload', String(given.length), measurements(given)),
    folded('What was observed', `${all} observations, each with its source and time`, observations(history)),
  ];
}

const SENTENCE = 160;
/** What has room beside the verdict; more is folded away. */
const FEW = 4;

function few(items: readonly Part[]): Part {
  if (items.length <= FEW) return list(items);
  return [
    list(items.slice(0, FEW)),
    markup`<details><summary>and ${items.length - FEW} more</summary>${list(items.slice(FEW, MOST_NAMES))}</details>`,
  ];
}

function electedComponent(proposal: Proposal | null): Component | null {
  return proposal && 'version' in proposal.action ? proposal.action.version.component : null;
}

const MEASURED: readonly Column[] = [
  { head: 'vCPU type', width: 'tight' },
  { head: 'Measurement' },
  { head: 'Kernel command line' },
];

function measured(proposal: Proposal | null): readonly LaunchMeasurement[] {
  return (proposal && 'version' in proposal.action ? proposal.action.version.launchMeasurements : null) ?? [];
}

function measurements(given: readonly LaunchMeasurement[]): Html | null {
  if (given.length === 0) return null;
  const cells = given
    .slice(0, MOST_NAMES)
    .map(({ vcpuType, measurement, kernelCmdline }: LaunchMeasurement): readonly Part[] => [
      vcpuType ?? 'not given',
      hashText(measurement),
      markup`<code>${kernelCmdline ?? 'not given'}</code>`,
    ]);
  return table('Launch measurements', MEASURED, rows(MEASURED, cells));
}

const OBSERVED: readonly Column[] = [
  { head: 'What', width: 'tight' },
  { head: 'Where' },
  { head: 'When', width: 'tight' },
  { head: 'Kept as' },
];
const MOST_OBSERVED = 200;

function observations({ evidence }: ProposalHistory): Html | null {
  const all = evidence.all();
  if (all.length === 0) return null;
  const cells = all
    .slice(0, MOST_OBSERVED)
    .map(({ key, observation }): readonly Part[] => [
      markup`${key.kind}${observation.status === 'unavailable' && markup`<br>${pill('open', observation.code)}`}`,
      observation.source,
      when(observation.observedAt),
      observation.file === undefined ? null : markup`<code>${observation.file}</code>`,
    ]);
  return table('What was observed', OBSERVED, rows(OBSERVED, cells));
}

const MOST_EVENTS = 200;

/** What happened when, and what became of each piece of news. */
export function historySections(history: ProposalHistory, at: number): Part {
  const events = timelineOf(history);
  const shown = events.slice(-MOST_EVENTS);
  const items = shown.map(
    (event) => markup`<li${event.at > at && AHEAD}>${when(event.at)}<span>${event.what}</span></li>`,
  );
  const left = events.length - shown.length;
  const timeline = markup`${left > 0 && markup`<p class="dim">${left} earlier events are left out.</p>`}<ol class="time panel">${items}</ol>`;
  return [folded('Timeline', `${events.length} events`, events.length === 0 ? null : timeline), deliveries(history)];
}

const AHEAD = markup` class="ahead"`;

const DELIVERED: readonly Column[] = [{ head: 'News' }, { head: 'Channel', width: 'tight' }, { head: 'State' }];

function deliveries({ notices }: ProposalHistory): Html | null {
  const all = notices.flatMap(({ type, at, deliveries: sent }) =>
    sent.map((delivery): readonly Part[] => [`${type}, ${utc(at * 1000)}`, delivery.notifier, fate(delivery)]),
  );
  if (all.length === 0) return null;
  const shown = all.slice(-MOST_EVENTS);
  return folded('Deliveries', String(all.length), table('Deliveries', DELIVERED, rows(DELIVERED, shown)));
}
