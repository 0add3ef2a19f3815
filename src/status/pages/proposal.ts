import { type Component, componentFacts, COMPONENTS } from '../../domain/component.ts';
import type { BuildNow, RetainedSide, LogPart, Shown } from '../../domain/status-queries.ts';
import { type ElectedVersion, kindOf } from '../../domain/proposal.ts';
import type { ElectionRow } from '../../domain/overview.ts';
import type { ProposalHistory } from '../../domain/proposal-history.ts';
import { afterVoteLines } from '../../domain/version-after-vote.ts';
import { leftText } from '../../domain/reminders.ts';
import { type Html, markup, ourMarkup, type Part } from '../html.ts';
import { plainText } from '../../domain/text.ts';
import { facts, folded, type Frame, type Head, layout, list, section } from '../layout.ts';
import type { Summary } from '../page-head.ts';
import { LOG_BYTES, logLines } from '../log-text.ts';
import { hashLink, kindText, workOf } from '../page-parts.ts';
import { voteSection } from './vote.ts';
import { aboutProposal, historySections, judgedSections, verdictPanel } from './event-sections.ts';
import type { CheckId, CheckResult, Comparison } from '../../domain/check.ts';
import { samenessOf } from './evidence.ts';

/** What is known of the build beside its history. */
export interface BuildView {
  readonly now: BuildNow | null;
  readonly images: readonly RetainedSide[];
  /** The end of the kept log. */
  readonly log: { readonly name: string; readonly end: LogPart } | null;
}

export interface ProposalOptions {
  /** The reader does not want the page to be asked for again by itself. */
  readonly paused?: boolean;
  /** Its picture can be had. */
  readonly picture?: boolean;
}

/** Everything known of one proposal. */
export function proposalPage(
  frame: Frame,
  id: string,
  shown: Shown,
  build: BuildView,
  options: ProposalOptions = {},
): string {
  const { history } = shown;
  const { proposal, run } = history;
  const election = shown.matches[0]?.proposal ?? null;
  const commit = run?.commit ?? (proposal && 'version' in proposal.action ? proposal.action.version.commit : null);
  const goesOn = build.now !== null || election?.job?.state === 'held';
  const kind = proposal ? kindText(kindOf(proposal)) : 'not read yet';
  const version = proposal && 'version' in proposal.action ? proposal.action.version : null;
  const body = markup`
<h1>Proposal ${id}</h1>
<p class="lead">${kind}</p>
${verdictPanel(history, workPart(election, frame.at))}
${version && hashSides(version, history.verdict?.verdict.results ?? [])}
${voteSection(history, frame)}
${proposal && aboutProposal(proposal, commit, frame)}
${section('After the vote', list(afterVoteLines(history.afterVote)))}
${judgedSections(history)}
${buildSection(history, commit, build)}
${historySections(history, frame.at)}`;
  const { paused = false, picture = false } = options;
  const path = `/proposals/${id}`;
  // Another revision is another picture, whatever is kept elsewhere.
  const image = picture ? `${path}.png?revision=${history.verdict?.revision ?? 0}` : null;
  const head: Head = {
    ...{ title: `Proposal ${id}`, json: `${path}.json`, summary: { ...summaryOf(id, history, kind), path, image } },
    refresh: goesOn ? { path, paused } : null,
  };
  return layout(frame, head, body);
}

function summaryOf(
  id: string,
  { verdict, proposal }: ProposalHistory,
  kind: string,
): Pick<Summary, 'title' | 'description'> {
  const { outcome, confirmed, headline } = verdict?.verdict ?? {};
  const word = outcome
    ? `${outcome.toUpperCase()}${confirmed === false ? ', not confirmed yet' : ''}`
    : 'No verdict yet';
  const title = `${word}: proposal ${id}, ${kind}`;
  return { title, description: headline ?? (proposal ? `“${plainText(proposal.title, 200)}”` : kind) };
}

function workPart(election: ElectionRow | null, at: number): Part {
  const work = election && workOf(election.job, at);
  return work && markup`<p>${work}</p>`;
}

/** The build: what goes on now, and what the last one left. */
export function buildSection(
  history: ProposalHistory,
  commit: string | null,
  { now, log, images }: BuildView,
): Html | null {
  const { evidence } = history;
  const reports = evidence.all().flatMap(({ key, observation }) => {
    if (key.kind !== 'build' || observation.status !== 'observed') return [];
    return [evidence.get({ kind: 'build', subject: key.subject })];
  });
  const told = reports.flatMap((look) => (look?.status === 'observed' ? [look.value] : []));
  const last = told.at(-1);
  const report =
    last &&
    facts([
      ['Took', leftText(last.seconds)],
      ['On', last.builder],
      ['Ended with', last.exitCode === null ? `signal ${last.signal ?? 'unknown'}` : `exit ${last.exitCode}`],
      ...(last.leftBehind > 0 ? ([['Left behind', `${last.leftBehind} of its own, ended by us`]] as const) : []),
    ]);
  const parts = [
    ...(now && commit !== null ? [liveTail(now, commit)] : []),
    ...(report ? [markup`<div class="panel">${report}</div>`] : []),
    ...(log ? [keptLog(log)] : []),
    ...(images.length > 0 ? [retainedImages(images, history.proposal?.id ?? commit)] : []),
  ];
  if (now) return section('Build', parts);
  const took = last ? `took ${leftText(last.seconds)} on ${plainText(last.builder, 60)}` : '';
  return folded('Build', took, parts.length === 0 ? null : parts);
}

/** Where both sides of an image are kept, anybody with the machine can look at what differs. */
function retainedImages(images: readonly RetainedSide[], name: string | null): Html {
  const told = COMPONENTS.flatMap(({ component, label }) => {
    const sides = images.filter((image) => image.component === component);
    return sides.length === 0
      ? []
      : [`${label}: ${sides.map(({ side, bytes }) => `${SIDES[side]}, ${bytes} bytes`).join('; ')}`];
  });
  const both = COMPONENTS.some(({ component }) => {
    return new Set(images.flatMap((image) => (image.component === component ? [image.side] : []))).size > 1;
  });
  const compare =
    both &&
    markup`<p class="small">Where they begin to differ: <code>nns-watch show ${name ?? ''} --compare</code></p>`;
  return markup`<div class="panel"><p>Images kept on this machine</p>${list(told)}${compare}</div>`;
}

const SIDES: Readonly<Record<RetainedSide['side'], string>> = { local: 'built here', published: 'downloaded' };

function liveTail({ attempt, seconds, tail, lines }: BuildNow, commit: string): Html {
  const since = seconds === null ? 'begins' : `goes on for ${leftText(seconds)}`;
  return markup`<div class="panel"><p>Build ${attempt} ${since}, ${lines} lines so far. <a href="/commits/${commit}/live">Follow its log</a></p>
<div class="log tail" role="region" tabindex="0" aria-label="The log’s last lines"><div>${lineBreaks(tail)}</div></div></div>`;
}

function keptLog({ name, end }: NonNullable<BuildView['log']>): Html {
  const lines = logLines(end.bytes, end.from > 0);
  const toEnd = end.from > 0 && markup` · <a href="/logs/${name}?from=-${LOG_BYTES}">its end</a>`;
  return markup`<div class="panel"><details><summary>The end of its log</summary>
<div class="log tail" role="region" tabindex="0" aria-label="The log’s last lines"><div>${lineBreaks(lines.slice(-LINES))}</div></div></details>
<p class="small">The log as text, ${end.total} bytes: <a href="/logs/${name}">from its beginning</a>${toEnd}</p></div>`;
}

const LINES = 40;
/** Each line by itself, so that none is longer than a text may be; with its indentation. */
export function lineBreaks(lines: readonly string[]): Html {
  return markup`${lines.map((line) => markup`${ourMarkup(/^ */.exec(line)?.[0] ?? '')}${line}\n`)}`;
}

/** The hash that the proposal names, beside what its URLs give and what was built here. */
export function hashSides(version: ElectedVersion, results: readonly CheckResult[]): Html {
  const { component, packageSha256 } = version;
  const { label } = componentFacts(component);
  return markup`<section class="panel sides" aria-label="The ${label} image, three times">
<div><p class="dim small">Proposal names</p><p>${hashLink(packageSha256.toLowerCase())}</p></div>
${seen('Published', 'not downloaded yet', comparisonsOf(results, 'package-hash', component))}
${seen('Built here', 'not built yet', comparisonsOf(results, 'build-reproduces', component))}
</section>`;
}

function comparisonsOf(results: readonly CheckResult[], check: CheckId, component: Component): readonly Comparison[] {
  return results
    .filter((result) => result.check === check && result.component === component)
    .flatMap((result) => (result.outcome === 'skipped' ? [] : result.comparisons));
}

/** A build or a host gives one value; more of them, and odd ones, stand in the evidence. */
const MOST_VALUES = 2;
const VALUE = 64;

function seen(title: string, nothing: string, comparisons: readonly Comparison[]): Html {
  const observed = comparisons.filter(({ actual }) => actual.value !== null);
  const values = [...new Set(observed.map(({ actual }) => actual.value ?? ''))];
  const same = observed.length > 0 && observed.every((comparison) => samenessOf(comparison) === 'equal');
  const sign: Part =
    observed.length === 0
      ? markup`<span class="sign open">?</span>`
      : same
        ? markup`<span class="sign good">= same</span>`
        : markup`<span class="sign bad">≠ differs</span>`;
  const shown =
    values.length === 0
      ? markup`<p class="dim">${nothing}</p>`
      : values.slice(0, MOST_VALUES).map((value) => markup`<p>${hashLink(plainText(value, VALUE))}</p>`);
  return markup`<div>${sign}<p class="dim small">${title}</p>${shown}</div>`;
}
