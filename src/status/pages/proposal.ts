import { COMPONENTS } from '../../domain/component.ts';
import type { BuildNow, KeptSide, LogPart, Shown } from '../../domain/status-queries.ts';
import { kindOf } from '../../domain/proposal.ts';
import type { ElectionRow } from '../../domain/overview.ts';
import type { Story } from '../../domain/proposal-history.ts';
import { leftText } from '../../domain/reminders.ts';
import { markup, ourMarkup, type Html, type Part } from '../html.ts';
import { facts, layout, list, section, type Frame } from '../layout.ts';
import { LOG_BYTES, logLines } from '../log-text.ts';
import { kindText, workOf } from '../parts.ts';
import { hashSides } from './sides.ts';
import { voteSection } from './vote.ts';
import { aboutProposal, historySections, judgedSections, verdictPanel } from './story.ts';

/** What is known of the build beside the story. */
export interface BuildView {
  readonly now: BuildNow | null;
  readonly images: readonly KeptSide[];
  /** The end of the kept log. */
  readonly log: { readonly name: string; readonly end: LogPart } | null;
}

/** Everything known of one proposal. */
export function proposalPage(frame: Frame, id: string, shown: Shown, build: BuildView): string {
  const { story } = shown;
  const { proposal, run } = story;
  const election = shown.matches[0]?.proposal ?? null;
  const commit = run?.commit ?? (proposal && 'version' in proposal.action ? proposal.action.version.commit : null);
  const kind = proposal ? kindText(kindOf(proposal)) : 'not read yet';
  const version = proposal && 'version' in proposal.action ? proposal.action.version : null;
  const body = markup`
<h1>Proposal ${id}</h1>
<p class="lead">${kind}</p>
${verdictPanel(story, workPart(election, frame.at))}
${version && hashSides(version, story.verdict?.verdict.results ?? [])}
${voteSection(story, frame)}
${proposal && aboutProposal(proposal, commit, frame.at)}
${judgedSections(story)}
${buildSection(story, commit, build)}
${historySections(story, frame.at)}`;
  return layout(frame, { title: `Proposal ${id}`, json: `/proposals/${id}.json` }, body);
}

function workPart(election: ElectionRow | null, at: number): Part {
  const work = election && workOf(election.job, at);
  return work && markup`<p>${work}</p>`;
}

/** The build: what goes on now, and what the last one left. */
export function buildSection(story: Story, commit: string | null, { now, log, images }: BuildView): Html | null {
  const { evidence } = story;
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
    ...(images.length > 0 ? [keptImages(images, story.proposal?.id ?? commit)] : []),
  ];
  return section('Build', parts);
}

/** Where both sides of an image are kept, anybody with the machine can look at what differs. */
function keptImages(images: readonly KeptSide[], name: string | null): Html {
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

const SIDES: Readonly<Record<KeptSide['side'], string>> = { local: 'built here', published: 'downloaded' };

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
