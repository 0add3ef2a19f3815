import type { MonthReport, ReportRow } from '../operator/queries.ts';
import { proposalLinks } from '../domain/links.ts';
import { utc } from '../domain/verdict-document.ts';
import { plainText } from '../domain/text.ts';
import { leftText } from '../domain/reminders.ts';
import { verdictText } from '../domain/election-words.ts';

/** The report of a month for people: three lines for each election. */
export function reportText({ network, month, elections }: MonthReport): string {
  const count = elections.length === 1 ? '1 election' : `${elections.length} elections`;
  const lines = [
    ...(network === 'mainnet' ? [] : [network]),
    `${month}: ${elections.length === 0 ? 'no election is known' : count}`,
    ...elections.flatMap(electionLines),
    ...(elections.length === 0 ? [] : ['', totals(elections)]),
  ];
  return `${lines.join('\n')}\n`;
}

function electionLines(row: ReportRow): string[] {
  const { id, kind, title, status, submittedAtMs, deadlineAtMs, commit } = row;
  const { dashboard, source } = proposalLinks(id, commit);
  const deadline = deadlineAtMs === null ? 'unknown' : utc(deadlineAtMs);
  return [
    '',
    `${id} · ${kind} · ${status} · ${judgedText(row)}`,
    `    “${plainText(title, 150)}”`,
    `    submitted ${utc(submittedAtMs)} · voting until ${deadline}`,
    `    ${dashboard}${source === null ? '' : ` · ${source}`}`,
  ];
}

function judgedText({ verdict, history, deadlineAtMs }: ReportRow): string {
  if (!verdict) return history ? 'over before it was watched' : 'no verdict yet';
  const judged = `${verdictText(verdict)} at ${utc(verdict.decidedAtMs)}`;
  if (deadlineAtMs === null) return judged;
  const seconds = (deadlineAtMs - verdict.decidedAtMs) / 1000;
  return `${judged}, ${seconds < 0 ? `${leftText(-seconds)} after` : `${leftText(seconds)} before`} the deadline`;
}

function totals(elections: readonly ReportRow[]): string {
  const of = (outcome: string | null): number => {
    return elections.filter(({ verdict }) => (verdict?.outcome ?? null) === outcome).length;
  };
  const words = `${of('verified')} verified · ${of('mismatch')} mismatch · ${of('inconclusive')} inconclusive`;
  return `${words} · ${of(null)} without a verdict`;
}
