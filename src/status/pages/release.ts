import { hashAnswer, placeText, roleOf, type HashAnswer } from '../../domain/hash-answer.ts';
import { shownNetwork } from '../../domain/network.ts';
import type { Match, Shown } from '../../domain/status-queries.ts';
import { markup, type Html, type Part } from '../html.ts';
import { layout, rows, section, table, type Column, type Frame } from '../layout.ts';
import {
  commitLink,
  hashText,
  kindText,
  pill,
  proposalLink,
  toneOf,
  verdictPill,
  when,
  type Tone,
} from '../page-parts.ts';
import { buildSection, type BuildView } from './proposal.ts';
import { historySections, judgedSections, verdictPanel } from './event-sections.ts';

/** Which verified release a hash is, and where it was seen. */
export function hashPage(frame: Frame, sha256: string, shown: Shown): string {
  const { matches } = shown;
  const { state, word, sentence, remarks } = hashAnswer(shown, sha256, frame.network);
  const body = markup`
<h1>Which verified release is this?</h1>
<p class="lead">SHA-256 ${hashText(sha256)}</p>
<section class="panel verdict ${TONES[state]}" aria-label="Answer"><strong class="word">${word}</strong><p>${sentence}</p>
${remarks.map((remark) => markup`<p class="small">${remark}</p>`)}</section>
${section('Where it is known', matchTable(frame, matches.slice(0, MOST), sha256))}
<p class="dim">Compare all 64 digits with those of your own file: <code>sha256sum FILE</code></p>`;
  return layout(frame, { title: `SHA-256 ${sha256.slice(0, 10)}`, json: `/hashes/${sha256}.json` }, body);
}

/** Most places that are listed. */
const MOST = 20;
const TONES: Readonly<Record<HashAnswer['state'], Tone>> = { verified: 'good', contradicted: 'bad', unknown: 'open' };

/** What is known of a commit: the elections of it, and what was verified of it by hand. */
export function commitPage(frame: Frame, commit: string, shown: Shown, build: BuildView, paused = false): string {
  const { history, matches } = shown;
  const [first] = matches;
  const own = history.proposal === null;
  const of = first?.proposal
    ? markup`The newest verdict is that of ${proposalLink(first.proposal.id, placeText(first))}.`
    : null;
  const body = markup`
<h1>Commit <code>${commit.slice(0, 10)}</code></h1>
<p class="lead"><code>${commit}</code> · <a href="https://github.com/dfinity/ic/commit/${commit}" rel="noreferrer">source</a></p>
${verdictPanel(history, of && markup`<p>${of}</p>`)}
${section('Where it is known', matchTable(frame, matches, null))}
${judgedSections(history)}
${buildSection(history, commit, build)}
${own && historySections(history, frame.at)}`;
  const path = `/commits/${commit}`;
  const refresh = build.now === null ? null : { path, paused };
  return layout(frame, { title: `Commit ${commit.slice(0, 10)}`, json: `${path}.json`, refresh }, body);
}

const COLUMNS: readonly Column[] = [{ head: 'Where' }, { head: 'Commit' }, { head: 'As' }, { head: 'Verdict' }];

function matchTable({ network: here }: Frame, matches: readonly Match[], sha256: string | null): Html {
  const cells = matches.map((match): readonly Part[] => {
    const { proposal, commit, seenAs, verdict, network } = match;
    const elsewhere =
      network !== null && shownNetwork(network, here) !== here && markup`<strong>${network}</strong><br>`;
    const role = sha256 === null ? null : roleOf(match, sha256);
    const as = [...(role ? [role.what] : []), ...seenAs.map((kind) => `evidence: ${kind}`)];
    return [
      proposal
        ? markup`${proposalLink(proposal.id, `Proposal ${proposal.id}`)}<br><span class="dim small">${kindText(proposal.kind)}, ${proposal.status}</span>`
        : placeText(match),
      commit === null ? null : commitLink(commit, 10),
      as.length > 0 ? as.join(', ') : proposal ? 'elected version' : 'verified by hand',
      markup`${elsewhere}${proposal ? verdictPill(proposal.verdict) : runVerdict(verdict)}`,
    ];
  });
  return table('Where it is known', COLUMNS, rows(COLUMNS, cells));
}

function runVerdict(verdict: Match['verdict']): Html {
  if (!verdict) return pill('plain', 'No verdict yet');
  const { outcome } = verdict.verdict;
  return markup`${pill(toneOf(outcome), outcome.toUpperCase())} <span class="dim small">${when(verdict.decidedAt)}</span>`;
}
