import { componentFacts } from '../domain/component.ts';
import type { VerdictDocument } from '../domain/verdict-document.ts';
import type { Notice, ProposalCard } from '../domain/notice.ts';
import { networkMark } from '../domain/sample.ts';
import { plainText } from '../domain/text.ts';
import { adviceLines, buildsOf, messageLinks, votingLine } from './advice.ts';
import { bareMessage } from './bare.ts';
import { quoted } from './escape.ts';
import { evidenceSections } from './evidence-table.ts';
import { remarkLines } from './remarks.ts';
import { orNull } from './forms.ts';
import { line, type Line, type Message, say, type Section, strong, words } from './message-parts.ts';
import { reportOf } from './report.ts';
import { electedComponent, verdictView, type VerdictView } from './verdict-view.ts';
import { meaningOf, stateWord, titleOf } from './wording.ts';

/** Where readers are sent beside the public places. */
export interface MessageOptions {
  /** STATUS_PUBLIC_URL. */
  readonly statusUrl: string | null;
}

/** What is said about a notice, the same for every channel; the least of it where the rest cannot be made. */
export function composeMessage(notice: Notice, options: MessageOptions): Message {
  return orNull(() => wholeMessage(notice, options)) ?? bareMessage(notice);
}

function wholeMessage(notice: Notice, { statusUrl }: MessageOptions): Message {
  const view = verdictView(notice);
  const state = stateWord(notice, view);
  const advice = adviceLines(notice, view);
  // A verified verdict has no advice but this, which needs no title.
  const short = view?.outcome === 'verified';
  return {
    tone: state.tone,
    title: titleOf(notice, state),
    headline: headlineOf(notice, view),
    facts: [...factLines(notice, view), ...(short ? advice : [])],
    sections: [
      ...(view ? verdictSections(notice, view) : []),
      ...(advice.length > 0 && !short ? [{ title: 'What to do now', lines: advice }] : []),
    ],
    links: messageLinks(notice, view, statusUrl),
    footer: footerOf(notice, view),
    mark: notice.proposal && `proposal ${notice.proposal.id}`,
    news: [
      strong(newsWord(notice, state.word)),
      say(' · '),
      { time: notice.at },
      say(` · ${plainText(notice.sentence, 600)}`),
    ],
    attachment:
      view && view.checks.length > 0 && notice.type === 'verdict' ? orNull(() => attachmentOf(notice, view)) : null,
  };
}

function newsWord({ network }: Notice, word: string): string {
  return `${networkMark(network)}${word}`;
}

/** The network’s whole name stands here where it is not mainnet; the title begins with it in short. */
function headlineOf({ network, verdict, sentence, type }: Notice, view: VerdictView | null): string {
  if (type === 'registry-differs') return words(network === 'mainnet' ? sentence : `${network} · ${sentence}`, 600);
  const plain = view ? view.headline.replace(/^NOT MAINNET · /, '') : unreadable(verdict, sentence);
  const told = view?.outcome === 'verified' ? `${words(plain, 500)} ${NO_MORE}` : plain;
  return words(network === 'mainnet' ? told : `${network} · ${told}`, 600);
}

/** What verified does not mean; all else of it is in the headline. */
const NO_MORE = 'Whether the source is good is another question.';

function unreadable(verdict: Notice['verdict'], sentence: string): string {
  return verdict?.verdict ? `The verdict on record cannot be shown. ${sentence}` : sentence;
}

function factLines(notice: Notice, view: VerdictView | null): Line[] {
  const { proposal, type, at, standing } = notice;
  const news: Line[] = view && type !== 'verdict' ? [[strong('News: '), say(words(notice.sentence, 400))]] : [];
  if (!proposal) return news;
  return [...news, ...proposalLines(proposal, type), votingLine(proposal, at), ...expectedLine(standing)];
}

function expectedLine(standing: Notice['standing']): Line[] {
  if (standing?.expectedAt == null) return [];
  const guess = standing.guessed ? [say(' (a guess: no run has been timed here)')] : [];
  return [[say('Verdict expected: '), { time: standing.expectedAt }, ...guess]];
}

function proposalLines({ id, kind, commit, title }: ProposalCard, type: Notice['type']): Line[] {
  const component = electedComponent(kind);
  if (component !== null && commit !== null) {
    const elects = say(` elects ${componentFacts(component).label} `);
    return [[strong(`Proposal ${id}`), elects, { code: commit }, say(`: ${quoted(title)}`)]];
  }
  if (type === 'deployment') return [[strong(`Proposal ${id}: `), say(quoted(title))]];
  const none = kind === 'retire-only' ? 'Elects nothing; retires versions.' : 'What it elects cannot be told.';
  return [[strong(`Proposal ${id}: `), say(quoted(title))], line(none)];
}

function verdictSections(notice: Notice, view: VerdictView): Section[] {
  const elected = electedComponent(notice.proposal?.kind ?? 'other');
  const packageSha256 = notice.verdict?.version?.packageSha256 ?? null;
  // Of a channel that is told the verdict alone they are left out.
  const evidence = view.checks.length > 0 ? evidenceSections(view, elected, packageSha256) : [];
  const remarks = remarkLines(view);
  if (view.outcome === 'verified') return verifiedSections(evidence, remarks, notice);
  return [
    ...evidence,
    { title: `What ${view.outcome} means`, lines: meaningOf(view).map(line) },
    ...(remarks.length > 0 ? [{ title: 'Findings and caveats', lines: remarks }] : []),
  ];
}

/** What is read before a vote is at most 15 lines with title, facts, advice and footer. */
const MOST_EVIDENCE = 4;
const MOST_REMARKS = 2;

/** A reader has the rest by the command, in the attachment and on the page. */
function verifiedSections(evidence: readonly Section[], remarks: readonly Line[], { proposal }: Notice): Section[] {
  const [first = { title: 'Evidence', lines: [] }, ...others] = evidence;
  const all = [...first.lines, ...others.flatMap(({ lines }) => lines)];
  const shown = (what: string): Line => [say(` more ${what}: `), { code: `nns-watch show ${proposal?.id ?? ''}` }];
  return [
    ...(all.length > 0 ? [{ title: first.title, lines: capped(all, MOST_EVIDENCE, shown('comparisons')) }] : []),
    ...(remarks.length > 0
      ? [{ title: 'Findings and caveats', lines: capped(remarks, MOST_REMARKS, shown('remarks')) }]
      : []),
  ];
}

function capped(lines: readonly Line[], most: number, rest: Line): readonly Line[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), [say(`… and ${lines.length - most + 1}`), ...rest]];
}

/** Ends with the mark, by which a bot knows its own message again. */
function footerOf({ proposal, verdict }: Notice, view: VerdictView | null): string {
  const parts = [
    `nns-watch${verdict ? ` ${plainText(verdict.tool.version, 20)}` : ''}`,
    ...(view ? [`revision ${view.revision}`] : []),
    ...(verdict ? buildParts(verdict) : []),
    ...(proposal ? [`proposal ${proposal.id}`] : []),
  ];
  return parts.join(' · ');
}

/** The build itself where there was one, which may be older than the run and of another machine. */
function buildParts(verdict: VerdictDocument): string[] {
  const last = buildsOf(verdict).at(-1);
  const host = verdict.host.description === null ? [] : [plainText(verdict.host.description, 100)];
  const waited = verdict.timing.seconds['building'];
  if (!last) return [...(waited === undefined ? [] : [`build ${durationText(waited)}`]), ...host];
  const { seconds, builder } = last.value;
  return [`build ${durationText(seconds)} on ${plainText(builder, 60)}`, ...host];
}

export function durationText(seconds: number): string {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.round(seconds % 60)];
  return h > 0 ? `${h} h ${m} min` : m > 0 ? `${m} min` : `${s} s`;
}

function attachmentOf(notice: Notice, view: VerdictView): Message['attachment'] {
  const name = `${notice.key.replace(/[^a-z0-9]+/gi, '-')}.md`;
  return { name, text: reportOf(notice, view), again: `nns-watch show ${notice.proposal?.id ?? ''} --markdown` };
}
