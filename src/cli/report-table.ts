import { proposalLinks } from '../domain/links.ts';
import { utc } from '../domain/verdict-document.ts';
import type { MonthReport, ReportRow } from '../operator/queries.ts';

/** Times are UTC ISO 8601. */
export function reportJson({ network, month, elections, toolVersion }: MonthReport) {
  return {
    schema: 'nns-watch/report@1',
    network,
    month,
    elections: elections.map(electionJson),
    tool: { name: 'nns-watch', version: toolVersion },
  };
}

function electionJson({ id, kind, title, status, commit, history, verdict, ...times }: ReportRow) {
  return {
    id,
    kind,
    title,
    status,
    commit,
    submitted: utc(times.submittedAtMs),
    found: utc(times.foundAtMs),
    deadline: timeOrNull(times.deadlineAtMs),
    decided: timeOrNull(times.decidedAtMs),
    history,
    verdict: verdict && verdictJson(verdict),
    links: proposalLinks(id, commit),
  };
}

function verdictJson({ decidedAtMs, ...verdict }: NonNullable<ReportRow['verdict']>): Record<string, unknown> {
  return { ...verdict, decidedAt: utc(decidedAtMs) };
}

type Cell = string | number | boolean | null;

const COLUMNS: Readonly<Record<string, (row: ReportRow) => Cell>> = {
  id: ({ id }) => id,
  kind: ({ kind }) => kind,
  title: ({ title }) => title,
  status: ({ status }) => status,
  commit: ({ commit }) => commit,
  submitted: ({ submittedAtMs }) => utc(submittedAtMs),
  found: ({ foundAtMs }) => utc(foundAtMs),
  deadline: ({ deadlineAtMs }) => timeOrNull(deadlineAtMs),
  decided: ({ decidedAtMs }) => timeOrNull(decidedAtMs),
  history: ({ history }) => history,
  outcome: ({ verdict }) => verdict?.outcome ?? null,
  reason: ({ verdict }) => verdict?.reason ?? null,
  confirmed: ({ verdict }) => verdict?.confirmed ?? null,
  final: ({ verdict }) => verdict?.final ?? null,
  verdict_revision: ({ verdict }) => verdict?.revision ?? null,
  verdict_by: ({ verdict }) => verdict?.by ?? null,
  verdict_at: ({ verdict }) => verdict && utc(verdict.decidedAtMs),
  nns: ({ id, commit }) => proposalLinks(id, commit).nns,
  dashboard: ({ id, commit }) => proposalLinks(id, commit).dashboard,
  source: ({ id, commit }) => proposalLinks(id, commit).source,
};

/** A line for each election below a line of names; the network comes first, so that no line is taken for mainnet's. */
export function reportCsv({ network, elections }: MonthReport): string {
  const names = ['network', ...Object.keys(COLUMNS)];
  const rows = elections.map((row) => [network, ...Object.values(COLUMNS).map((column) => column(row))]);
  return [names, ...rows].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
}

/**
 * One cell after RFC 4180. What a spreadsheet would take for a formula becomes text, by a sign that it does not show.
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
function cell(value: Cell): string {
  const text = String(value ?? '');
  const harmless = /^\s*['=+\-@\t\r＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",\r\n]|^'|^\s|\s$/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function timeOrNull(milliseconds: number | null): string | null {
  return milliseconds === null ? null : utc(milliseconds);
}
