import { styleText } from 'node:util';
import type { CheckResult, Comparison, Finding } from '../domain/check.ts';
import { componentFacts } from '../domain/component.ts';
import { closingText, KIND_WORDS } from '../domain/election-words.ts';
import { proposalLinks } from '../domain/network.ts';
import { kindOf, type Proposal } from '../domain/proposal.ts';
import { plainText } from '../domain/text.ts';
import type { Verdict } from '../domain/verdict.ts';
import { voteAdvice } from '../domain/voting.ts';
import { totalText } from './duration.ts';
import { sign } from './marks.ts';
import { matrixLines, sourceLine } from './verify-matrix.ts';
import { gapsOf, type Shown } from './verify-text.ts';
import { within, wrapped } from './wrapped.ts';

/** Most lines of a success. */
const MOST = 40;
/** Of one mismatch; all of them are there with `--full`. */
const MOST_PAIRS = 12;

export interface SummaryOptions {
  /** Columns of what it is shown on. */
  readonly width: number;
  /** UTC milliseconds. */
  readonly now: number;
}

type Judged = Exclude<CheckResult, { outcome: 'skipped' }>;

/** The end of `verify` on one screen: what is asked, component by side, what differs in full, the verdict last. */
export function verifySummary(shown: Shown & { readonly verdict: Verdict }, { width, now }: SummaryOptions): string {
  const { verdict, network } = shown;
  const succeeded = verdict.outcome === 'verified';
  const fit = (lines: readonly string[]): string[] => within(lines, width);
  const before = [
    ...fit(bannerLines(shown, now)),
    '',
    ...fit([...matrixLines(verdict.results), ...sourceLine(verdict.results)]),
    ...fit(after(verdict.results.filter(isMismatch).flatMap(mismatchLines))),
    ...(succeeded ? [] : fit(after([...openLines(verdict), ...gapLines(shown)]))),
  ];
  const last = [
    ...fit(after(adviceLines(shown, now))),
    '',
    `Total time: ${totalText(shown.seconds)}`,
    '',
    ...verdictLines(verdict, network, width),
  ];
  const remarks = after(remarkLines(verdict, width));
  const room = succeeded ? MOST - before.length - last.length : Infinity;
  return [...before, ...fitting(remarks, room), ...last].map((line) => `${line}\n`).join('');
}

function after(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}

/** What has no room is counted, and stands under `--full`. */
function fitting(lines: readonly string[], room: number): string[] {
  if (lines.length <= room) return [...lines];
  const kept = lines.slice(0, Math.max(0, room - 1));
  return room < 1 ? [] : [...kept, `… ${lines.length - kept.length} more lines: --full`];
}

function bannerLines({ network, toolVersion, proposal, commit }: Shown, now: number): string[] {
  const where = network === 'mainnet' ? 'on the Internet Computer’s mainnet' : 'not on mainnet';
  const what = proposal ? `proposal ${proposal.id} (${KIND_WORDS[kindOf(proposal)]}) ` : 'one commit ';
  return [
    ...(network === 'mainnet' ? [] : [plainText(network, 300)]),
    `nns-watch ${toolVersion} · ${proposal || commit ? what : ''}${where}`,
    ...(proposal ? proposalLines(proposal, now) : []),
    ...(commit ? [`Commit:   ${commit}`] : []),
  ];
}

function proposalLines({ title, status, deadlineAt }: Proposal, now: number): string[] {
  return [`Title:    ${plainText(title, 200)}`, `Vote:     ${status}, ${closingText(deadlineAt, now)}`];
}

function isMismatch(result: CheckResult): result is Judged {
  return result.outcome === 'mismatch';
}

function where({ component }: CheckResult): string {
  return component === null ? '' : `${componentFacts(component).label}: `;
}

/** A failure in full: both sides of whatever differs, each with its source. */
function mismatchLines(result: Judged): string[] {
  const differing = result.comparisons.filter(
    ({ expected, actual, equal }) => expected.value !== null && actual.value !== null && !equal,
  );
  const more = differing.length - MOST_PAIRS;
  return [
    `${sign('mismatch')} ${where(result)}${plainText(result.sentence, 500)} (${result.check})`,
    ...differing.slice(0, MOST_PAIRS).flatMap(pairLines),
    ...(more > 0 ? [`    … ${more} more that differ: --full`] : []),
  ];
}

function pairLines({ label, expected, actual }: Comparison): string[] {
  return [
    `    ${plainText(label, 200)}`,
    `      expected ${plainText(expected.source, 300)}`,
    `        ${plainText(expected.value ?? '', 400)}`,
    `      found    ${plainText(actual.source, 300)}`,
    `        ${plainText(actual.value ?? '', 400)}`,
  ];
}

/** What could not be judged and had to be. */
function openLines({ results }: Verdict): string[] {
  return results
    .filter(({ outcome, tier }) => outcome === 'inconclusive' && tier === 'authoritative')
    .map((result) => `${sign('inconclusive')} ${where(result)}${plainText(result.sentence, 400)} (${result.check})`);
}

function gapLines(shown: Shown): string[] {
  return gapsOf(shown).map(({ mark, text }) => `${sign(mark)} ${text}`);
}

function remarkLines({ findings, caveats }: Verdict, width: number): string[] {
  const said = new Set<string>();
  const once = (sentence: string): boolean => !said.has(sentence) && Boolean(said.add(sentence));
  const of = (severity: Finding['severity']): string[] =>
    findings
      .filter((finding) => finding.severity === severity && once(finding.sentence))
      .flatMap(({ sentence }) => wrapped(`${severity}: ${plainText(sentence, 500)}`, width, 2));
  const [serious, warnings] = [of('serious'), of('warning')];
  const open = caveats
    .filter(({ sentence }) => once(sentence))
    .flatMap(({ sentence }) => wrapped(`not covered: ${plainText(sentence, 500)}`, width, 2));
  return [...serious, ...warnings, ...open, ...of('info')];
}

function adviceLines({ proposal, network, verdict }: Shown, now: number): string[] {
  if (!proposal) return [];
  const { id, status, deadlineAt } = proposal;
  const advice = voteAdvice({ network, status, deadlineAt, verdict }, now / 1000);
  if (advice?.kind === 'vote-freely') return ['To vote:', `  ${proposalLinks(id, null).nns}`];
  return advice?.kind === 'do-not-adopt' ? [advice.sentence] : [];
}

const COLOURS = { verified: 'green', mismatch: 'red', inconclusive: 'yellow' } as const;

/** The last word, by itself. */
function verdictLines({ outcome, headline }: Verdict, network: string, width: number): string[] {
  const text = `${network === 'mainnet' ? '' : 'NOT MAINNET · '}${plainText(headline, 1000)}`;
  return wrapped(text, width).map((line) => styleText([COLOURS[outcome], 'bold'], line));
}
